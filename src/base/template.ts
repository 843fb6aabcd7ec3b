/** The placeholders of a template: `{name} is gone` has `name`. */
export type Placeholders<T extends string> = T extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;
export type TemplateValues = Readonly<Record<string, string | number>>;

const PLACEHOLDER = /\{(\w+)\}/;

/** Fills in the values. A placeholder without a value stays visible. */
export function fill(template: string, values: TemplateValues): string {
  return template.replace(/\{(\w+)\}/g, (hole, name: string) => String(values[name] ?? hole));
}

/**
 * The values that make this text of the template; undefined when none do. In time that grows with the text only, whatever
 * it says: each hole ends where the next words of the template begin.
 */
export function unfill(template: string, text: string): Record<string, string> | undefined {
  const [start, ...rest] = template.split(PLACEHOLDER);
  if (!text.startsWith(start!)) return undefined;
  const values: Record<string, string> = {};
  let at = start!.length;
  for (let i = 0; i < rest.length; i += 2) {
    const [name, words] = [rest[i]!, rest[i + 1]!];
    const isLast = i + 2 >= rest.length;
    const end = isLast ? text.length - words.length : text.indexOf(words, at + 1);
    if (end <= at || (isLast && !text.endsWith(words))) return undefined;
    const value = text.slice(at, end);
    if ((values[name] ??= value) !== value) return undefined;
    at = end + words.length;
  }
  return at === text.length ? values : undefined;
}
