import type { Messages } from './en.ts';
import type { SiteMessages } from './site.ts';

export interface Catalogue {
  page: Messages;
  /** What the site says; in English it says so itself. */
  site: SiteMessages;
}

/** Languages beside English, each in files that only its readers load. */
export const others = new Map<string, () => Promise<Catalogue>>([
  [
    'de',
    async () => {
      const [{ de }, { deSite }] = await Promise.all([import('./de.ts'), import('./de-site.ts')]);
      return { page: de, site: deSite };
    },
  ],
]);

/** The first language of the person that there is a catalogue for. Pure. */
export function languageFor(wanted: readonly string[]): string {
  const known = wanted.map((tag) => tag.toLowerCase().split('-')[0]!);
  return known.find((language) => language === 'en' || others.has(language)) ?? 'en';
}
