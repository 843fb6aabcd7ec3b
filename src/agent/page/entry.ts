import type { RowDataPacket } from 'mysql2/promise';
import { encodeApiPath } from '../../base/api-path.ts';
import { baseName, displayPath } from '../../base/bytes.ts';
import type { Entry } from '../../web/contract/browse.ts';
import type { Away } from '../../web/contract/common.ts';
import { text } from '../journal/rows.ts';
import { type Head, readHead } from '../journal/store.ts';
import { formatId } from '../journal/version.ts';
import type { Site } from '../site.ts';
import type { Standings } from './standing.ts';

/** For queries that show entries: the head and whether this disk holds it. */
export const ENTRY_COLUMNS = 'h.*, i.origin AS here_origin, i.seq AS here_seq';
export const ENTRY_TABLES =
  'local.head h LEFT JOIN local.`index` i ON i.dir_key = h.dir_key AND i.path_key = h.path_key';

export function entryFromRow(row: RowDataPacket, sites: string[], standings: Standings): Entry {
  const head = readHead(row);
  const here = row.here_origin !== null && text(row.here_origin) === head.origin && Number(row.here_seq) === head.seq;
  return entryOf(head, here, sites, standings);
}

export function entryOf(head: Head, here: boolean, sites: string[], standings: Standings): Entry {
  return {
    name: displayPath(baseName(head.ref.path)),
    path: encodeApiPath(head.ref.path),
    kind: head.kind,
    size: head.size,
    mtime: isoOfNs(head.mtimeNs),
    version: formatId(head),
    // Two offices that make the same directory agree.
    conflict: head.rivals > 0 && head.kind !== 'dir',
    here,
    marks: sites.flatMap((site) => standings.mark(site, head) ?? []),
  };
}

/** Offices that hold a folder. */
export function sitesOf(site: Pick<Site, 'plan'>, folder: string): string[] {
  const plan = site.plan.folders.find(({ name }) => name === folder);
  return plan?.members ?? [];
}

/** Of these offices, those that cannot be heard now. */
export function awayOf(sites: string[], { away }: Standings): Away[] {
  return sites.flatMap((site) => {
    const at = away.get(site);
    return at === undefined ? [] : [{ site, lastContact: at === 0 ? null : isoOf(at) }];
  });
}

/** Years before 0 and after 9999 are no ISO times that a browser reads. */
export function isoOfNs(ns: bigint): string {
  const ms = Number(ns / 1_000_000n);
  return new Date(Math.min(253_402_300_799_000, Math.max(-62_135_596_800_000, ms))).toISOString();
}

export const isoOf = (ms: number) => isoOfNs(BigInt(Math.round(ms)) * 1_000_000n);
