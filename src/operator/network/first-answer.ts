/** The first answer, and whom nobody has asked yet; or why there is none. */
export type First<T, A> = { answer: A; unasked: T[] } | { failures: string[] };

/** However many were silent, this long passes before the next is asked. */
const LEAST_PATIENCE_MS = 50;

/**
 * Asks one candidate after the other, in their order, until one answers: the next when one has refused (with words why) or has been
 * silent for `patienceMs`, so that a dead one costs no more than that. After each that was silent patience is half as long: many dead ones
 * must not keep from one that lives.
 */
export async function firstAnswer<T, A>(
  candidates: T[],
  ask: (one: T) => Promise<A | string>,
  patienceMs: number,
): Promise<First<T, A>> {
  const { promise, resolve } = Promise.withResolvers<First<T, A>>();
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
