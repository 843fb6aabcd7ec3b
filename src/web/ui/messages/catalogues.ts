import type { Messages } from './en.ts';

/** Languages beside English, each in a file that only its readers load. */
export const others = new Map<string, () => Promise<Messages>>([['de', async () => (await import('./de.ts')).de]]);

/** The first language of the person that there is a catalogue for. Pure. */
export function languageFor(wanted: readonly string[]): string {
  const known = wanted.map((tag) => tag.toLowerCase().split('-')[0]!);
  return known.find((language) => language === 'en' || others.has(language)) ?? 'en';
}
