import type { RowDataPacket } from 'mysql2/promise';
import { siteSchema } from '../../database/schema.ts';
import type { Mark } from '../../web/contract/common.ts';
import type { SiteView } from '../site/site.ts';
import { percentOf, readTransfer, type Transfer } from '../store/transfer.ts';
import { type Custody, has, parseCustody } from '../versions/custody.ts';
import { formatId, type VersionId } from '../versions/version.ts';

/** Which site has which version, and what is on its way: the one answer to "where is it". */
export interface Placement {
  /** By site, then by origin: what each site says that it holds. */
  custody: Map<string, Map<string, Custody>>;
  transfers: Transfer[];
  transferOf(site: string, id: VersionId): Transfer | undefined;
  /** Undefined: the site has it. */
  mark(site: string, id: VersionId): Mark | undefined;
}

/** From this site's own database: two queries, whatever the number of sites. */
export async function readPlacement(site: SiteView): Promise<Placement> {
  const [custody, transfers] = [await readCustody(site), await readTransfers(site)];
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

async function readCustody({ store: { db }, plan }: SiteView): Promise<Map<string, Map<string, Custody>>> {
  const custody = new Map<string, Map<string, Custody>>(plan.sites.map(({ name }) => [name, new Map()]));
  const parts = plan.sites.map(
    ({ name }) => `SELECT '${name}' AS site, origin, held, known, missing FROM ${siteSchema(name)}.custody`,
  );
  const [rows] = await db.query<RowDataPacket[]>(parts.join(' UNION ALL '));
  for (const row of rows) {
    const held = parseCustody(Number(row.held), Number(row.known), String(row.missing));
    custody.get(String(row.site))?.set(String(row.origin), held);
  }
  return custody;
}

async function readTransfers({ store: { db }, plan }: SiteView): Promise<Transfer[]> {
  const parts = plan.sites.map(({ name }) => `SELECT '${name}' AS site, t.* FROM ${siteSchema(name)}.transfer t`);
  const [rows] = await db.query<RowDataPacket[]>(parts.join(' UNION ALL '));
  return rows.map((row) => readTransfer(String(row.site), row));
}
