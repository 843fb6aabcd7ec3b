/** Values for the placeholders of a template. */
export type TemplateValues = Readonly<Record<string, string | number>>;

/**
 * The contents of the braces: `{name} is gone` has `name`, `{count|file is|files are} gone` has `count|file is|files
 * are`.
 */
type Braces<T extends string> = T extends `${string}{${infer Hole}}${infer Rest}` ? Hole | Braces<Rest> : never;
type NameOf<H extends string> = H extends `${infer Name}|${string}` ? Name : H;
type CountOf<H extends string> = H extends `${infer Name}|${string}` ? Name : never;

/** The names of a template's placeholders. */
export type Placeholders<T extends string> = NameOf<Braces<T>>;

/** Those that choose between singular and plural, and take a number. */
export type Counts<T extends string> = CountOf<Braces<T>>;

/**
 * Fills a template. `{count|file is|files are}` becomes "1 file is" or "3 files are". A placeholder without a value is
 * left as it is, so that it is noticed.
 */
export function fill(template: string, values: TemplateValues): string {
  return template.replace(
    /\{(\w+)(?:\|([^{}|]*)\|([^{}|]*))?\}/g,
    (hole, name: string, one?: string, other?: string) => {
      const value = Object.hasOwn(values, name) ? values[name] : undefined;
      if (value === undefined) return hole;
      if (one === undefined) return String(value);
      return `${value} ${Number(value) === 1 ? one : other}`;
    },
  );
}
