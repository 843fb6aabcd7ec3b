import type { Messages } from './en.ts';
import type { SiteMessages } from './site.ts';

export interface Catalogue {
  page: Messages;
  /** The site's own messages; in English they come from the site. */
  site: SiteMessages;
}

/** Languages besides English, each in files of its own that are loaded on demand. */
export const others = new Map<string, () => Promise<Catalogue>>([
  [
    'de',
    async () => {
      const [{ de }, { deSite }] = await Promise.all([import('./de.ts'), import('./de-site.ts')]);
      return { page: de, site: deSite };
    },
  ],
]);

/** The user's first preference for which there is a catalogue. Pure. */
export function languageFor(wanted: readonly string[]): string {
  const known = wanted.map((tag) => tag.toLowerCase().split('-')[0]!);
  return known.find((language) => language === 'en' || others.has(language)) ?? 'en';
}
