import type { Mark, VersionState } from '../../web/contract/common.ts';
import type { SiteView } from '../site/site.ts';
import { loadCustodyOf } from '../store/custody.ts';
import { loadTransfers, percentOf, type Transfer } from '../store/transfer.ts';
import { type Custody, has } from '../versions/custody.ts';
import { formatId, type VersionId } from '../versions/version.ts';

/** How a site stands with a version that it does not have. */
type VersionMark = Mark & { state: Exclude<VersionState, 'has'> };

/** Which site has which version, and what is on its way: the one answer to "where is it". */
export interface Placement {
  /** What each site says it holds: by site, then by origin. */
  custody: Map<string, Map<string, Custody>>;
  transfers: Transfer[];
  transferOf(site: string, id: VersionId): Transfer | undefined;
  /** Undefined: the site has it. */
  mark(site: string, id: VersionId): VersionMark | undefined;
}

/** From this site's own database: two queries, whatever the number of sites. */
export async function readPlacement(site: SiteView): Promise<Placement> {
  const { db } = site.store;
  const names = site.plan.sites.map(({ name }) => name);
  const [custody, transfers] = [await loadCustodyOf(db, names), await loadTransfers(db, names)];
  const byVersion = new Map(transfers.map((one) => [`${one.site} ${formatId(one.id)}`, one]));
  const transferOf = (name: string, id: VersionId) => byVersion.get(`${name} ${formatId(id)}`);
  return {
    custody,
    transfers,
    transferOf,
    mark(name, id) {
      const held = custody.get(name);
      if (held && has(name, held, id)) return undefined;
      const transfer = transferOf(name, id);
      if (!transfer) return { site: name, state: 'waiting' };
      if (transfer.problem !== null) return { site: name, state: 'failing' };
      return { site: name, state: 'transfer', percent: percentOf(transfer) };
    },
  };
}
