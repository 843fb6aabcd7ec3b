import type { Translation } from '../../../problems/catalogue.ts';
import type { RefusalCode } from '../../contract/refusals.ts';

/** What the site says, in another language than its own. Holes in braces are those of the English sentence. */
export interface SiteMessages {
  refusals: Record<RefusalCode, string>;
  problems: Translation;
}
