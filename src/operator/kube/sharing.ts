/** Longer ones are seldom the same twice. */
const LONGEST = 2048;
/** Small beside what a thousand objects of one kind repeat; every kind has a memory of its own. */
const MOST_PARTS = 2000;

/**
 * Makes plain JSON share its equal parts with what came before: a thousand objects of one kind say nearly the same. Takes the value
 * over and returns it, or an equal one; nobody may change either. Bounded: it forgets what it knew when that is too much, and shares anew.
 */
export type Share = <T>(value: T) => T;

export function createSharing(): Share {
  const parts = new Map<string, unknown>();

  function known<T>(value: T, text: string): T {
    const before = parts.get(text);
    if (before !== undefined) return before as T;
    if (parts.size >= MOST_PARTS) parts.clear();
    parts.set(text, value);
    return value;
  }

  /** With the text that stands for it; none when it is too long to be looked for. */
  function share(value: unknown): [unknown, string | undefined] {
    if (typeof value === 'string') return shareText(value);
    if (typeof value !== 'object' || value === null) return [value, String(value)];
    const record = value as Record<string, unknown>;
    const isList = Array.isArray(value);
    let texts: string[] | undefined = [];
    let length = 0;
    for (const key of Object.keys(record)) {
      const [part, text] = share(record[key]);
      record[key] = part;
      length += key.length + (text?.length ?? Infinity);
      if (length > LONGEST) texts = undefined;
      texts?.push(isList ? text! : `${JSON.stringify(key)}:${text}`);
    }
    if (!texts) return [value, undefined];
    const text = isList ? `[${texts.join()}]` : `{${texts.join()}}`;
    return [known(value, text), text];
  }

  function shareText(value: string): [string, string | undefined] {
    if (value.length > LONGEST) return [value, undefined];
    const text = JSON.stringify(value);
    return [known(value, text), text];
  }

  return <T>(value: T) => share(value)[0] as T;
}
