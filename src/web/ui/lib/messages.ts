import { languageFor, others } from '../messages/catalogues.ts';
import { en, type Messages } from '../messages/en.ts';

/** Every sentence of the page, in the language of the person. */
export let t: Messages = en;

/** Loads the person's language, before anything is drawn. Without it the page is English. */
export async function loadLanguage(): Promise<void> {
  const language = languageFor(navigator.languages);
  try {
    t = (await others.get(language)?.()) ?? en;
    document.documentElement.lang = language;
  } catch (error) {
    console.warn('the catalogue cannot be loaded', error);
  }
}
