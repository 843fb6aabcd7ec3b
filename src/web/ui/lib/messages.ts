import { languageFor, others } from '../messages/catalogues.ts';
import { en, type Messages } from '../messages/en.ts';
import type { SiteMessages } from '../messages/site.ts';

/** Every sentence of the page, in the language of the person. */
export let t: Messages = en;
/** What the site says, in the language of the person; undefined: in its own, which is English. */
export let site: SiteMessages | undefined;

/** Loads the person's language, before anything is drawn. Without it the page is English. */
export async function loadLanguage(): Promise<void> {
  const language = languageFor(navigator.languages);
  try {
    const other = await others.get(language)?.();
    t = other?.page ?? en;
    site = other?.site;
    document.documentElement.lang = language;
  } catch (error) {
    console.warn('the catalogue cannot be loaded', error);
  }
}
