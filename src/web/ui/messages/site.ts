import type { RefusalCode } from '../../contract/refusals.ts';
import type { TroubleCode } from '../../contract/troubles.ts';

/** What the site says, in another language than its own. Holes in braces are those of the English sentence. */
export interface SiteMessages {
  refusals: Record<RefusalCode, string>;
  troubles: Record<TroubleCode, { reason: string; remedy: string }>;
}
