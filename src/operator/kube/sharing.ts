/** Longer texts are seldom equal. */
const LONGEST = 2048;
/** Per kind; small compared with what a thousand objects of one kind repeat. */
const MOST_PARTS = 2000;

/**
 * Makes plain JSON share equal parts with earlier values: a thousand objects of one kind are nearly identical. Takes
 * ownership of the value and returns it, or an equal one; neither may be mutated. Bounded: when it remembers too much, it
 * forgets everything and starts again.
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

  /** With its JSON text; none when it is too long to look up. */
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
