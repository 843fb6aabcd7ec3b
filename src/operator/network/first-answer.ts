/** The first answer and the candidates that were not asked; or the failures if there was none. */
export type FirstAnswer<T, A> = { answer: A; unasked: T[] } | { failures: string[] };

/** However many were silent, this long passes before the next one is asked. */
const LEAST_PATIENCE_MS = 50;

/**
 * Asks the candidates in order until one answers. The next one is asked when the previous has refused (with a reason) or
 * been silent for `patienceMs`, so that a dead one costs no more than that. Patience halves with each silent one, so that
 * many dead ones do not hide a live one.
 */
export async function firstAnswer<T, A>(
  candidates: T[],
  ask: (one: T) => Promise<A | string>,
  patienceMs: number,
): Promise<FirstAnswer<T, A>> {
  const { promise, resolve } = Promise.withResolvers<FirstAnswer<T, A>>();
  const failures: string[] = [];
  const open = [...candidates];
  let timer: NodeJS.Timeout | undefined;
  let patience = patienceMs;
  const lost = () => {
    patience = Math.max(LEAST_PATIENCE_MS, patience / 2);
    next();
  };
  const turn = async (one: T) => {
    const said = await ask(one);
    if (typeof said !== 'string') return resolve({ answer: said, unasked: open });
    failures.push(said);
    if (failures.length === candidates.length) resolve({ failures });
    else next();
  };
  const next = () => {
    clearTimeout(timer);
    const one = open.shift();
    if (one === undefined) return;
    timer = setTimeout(lost, patience);
    void turn(one);
  };
  next();
  if (candidates.length === 0) resolve({ failures });
  const first = await promise;
  clearTimeout(timer);
  return first;
}
