import { languageFor, others } from '../messages/catalogues.ts';
import { en, type Messages } from '../messages/en.ts';
import type { SiteMessages } from '../messages/site.ts';

/** All texts of the page, in the user's language. */
export let t: Messages = en;
/** The site's own messages in the user's language; undefined: in English, as they come. */
export let site: SiteMessages | undefined;

/** Loads the user's language before anything is rendered. If that fails, the page is in English. */
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
