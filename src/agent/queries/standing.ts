import type { RowDataPacket } from 'mysql2/promise';
import { memo } from '../../base/memo.ts';
import { siteSchema } from '../../database/schema.ts';
import type { Mark } from '../../web/contract/common.ts';
import type { Links } from '../link/links.ts';
import type { Site } from '../site/site.ts';
import { percentOf, readTransfer, type Transfer } from '../store/transfer.ts';
import { type Custody, has, parseCustody } from '../versions/custody.ts';
import { formatId, type VersionId } from '../versions/version.ts';
import { unheard } from './beats.ts';
import type { Contacts } from './contacts.ts';

/** How all sites stand to all versions at one moment, as far as it is known here. */
export interface Standings {
  at: number;
  custody: Map<string, Map<string, Custody>>;
  transfers: Transfer[];
  /** Sites of which nothing is heard now, and since when: what is said of them is as of then. 0 = never heard. */
  away: Map<string, number>;
  transferOf(site: string, id: VersionId): Transfer | undefined;
  /** Undefined: the site has it. */
  mark(site: string, id: VersionId): Mark | undefined;
}

const FRESH_MS = 300;

/** Reads the standings at most every {@link FRESH_MS}, however many ask. */
export function standingsReader(site: Site, links: Links, contacts: Contacts): () => Promise<Standings> {
  return memo(() => readStandings(site, links, contacts), FRESH_MS, site.monotonic);
}

async function readStandings(site: Site, links: Links, contacts: Contacts): Promise<Standings> {
  const [custody, transfers] = [await readCustody(site), await readTransfers(site)];
  const away = await unheard(site, links, contacts);
  const byVersion = new Map(transfers.map((one) => [`${one.site} ${formatId(one.id)}`, one]));
  const transferOf = (name: string, id: VersionId) => byVersion.get(`${name} ${formatId(id)}`);
  return {
    at: site.now(),
    custody,
    transfers,
    away,
    transferOf,
    mark(name, id) {
      const held = custody.get(name);
      if (held && has(name, held, id)) return undefined;
      const transfer = transferOf(name, id);
      if (!transfer) return { site: name, state: 'waiting' };
      if (transfer.error !== null) return { site: name, state: 'failing' };
      return { site: name, state: 'transfer', percent: percentOf(transfer) };
    },
  };
}

async function readCustody({ db, plan }: Site): Promise<Map<string, Map<string, Custody>>> {
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

async function readTransfers({ db, plan }: Site): Promise<Transfer[]> {
  const parts = plan.sites.map(({ name }) => `SELECT '${name}' AS site, t.* FROM ${siteSchema(name)}.transfer t`);
  const [rows] = await db.query<RowDataPacket[]>(parts.join(' UNION ALL '));
  return rows.map((row) => readTransfer(String(row.site), row));
}
