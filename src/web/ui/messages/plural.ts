import { integer } from './format.ts';

type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** Chooses the plural form for a number in a language; "#" stands for the number. */
export function pluralsOf(language: string): (count: number, forms: Forms) => string {
  const rules = new Intl.PluralRules(language);
  return (count, forms) => (forms[rules.select(count)] ?? forms.other).replaceAll('#', integer(count));
}
