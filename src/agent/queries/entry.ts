import type { RowDataPacket } from 'mysql2/promise';
import { encodeApiPath } from '../../base/api-path.ts';
import { baseName, displayPath } from '../../base/bytes.ts';
import { isoOf, isoOfNs } from '../../base/iso.ts';
import type { Entry } from '../../web/contract/browse.ts';
import type { UnreachableOffice } from '../../web/contract/common.ts';
import type { SiteView } from '../site/site.ts';
import { loadFamilies } from '../store/family.ts';
import { type Head, readHead } from '../store/head.ts';
import { text } from '../store/rows.ts';
import { isContested } from '../versions/contested.ts';
import { formatId, type Version } from '../versions/version.ts';
import type { PlacementSnapshot } from './placement-snapshot.ts';

/** For queries that show entries: the head and whether this disk holds it. */
export const ENTRY_COLUMNS = 'h.*, i.origin AS here_origin, i.seq AS here_seq';
export const ENTRY_TABLES =
  'local.head h LEFT JOIN local.`index` i ON i.dir_key = h.dir_key AND i.path_key = h.path_key';

/** Entries of rows with {@link ENTRY_COLUMNS}, in their order. */
export async function entriesOf(
  site: SiteView,
  rows: RowDataPacket[],
  snapshot: PlacementSnapshot,
): Promise<{ folder: string; entry: Entry }[]> {
  const heads = rows.map(readHead);
  const contested = await contestedAmong(site, heads);
  return heads.map((head, i) => {
    const { folder } = head.ref;
    const here = isHere(head, rows[i]!);
    return { folder, entry: entryOf(head, here, sitesOf(site, folder), snapshot, contested.has(head.ref.id)) };
  });
}

/** Only few paths have more than one head. */
async function contestedAmong(site: SiteView, heads: Head[]): Promise<Set<string>> {
  const refs = heads.filter(({ rivals }) => rivals > 0).map(({ ref }) => ref);
  const families = refs.length > 0 ? await loadFamilies(site.store.db, site, refs) : [];
  return new Set([...families].flatMap(([id, family]) => (isContested(family) ? [id] : [])));
}

function isHere(head: Head, row: RowDataPacket): boolean {
  return row.here_origin !== null && text(row.here_origin) === head.origin && Number(row.here_seq) === head.seq;
}

export function entryOf(
  head: Head,
  here: boolean,
  sites: string[],
  snapshot: PlacementSnapshot,
  conflict: boolean,
): Entry {
  return {
    name: displayPath(baseName(head.ref.path)),
    path: encodeApiPath(head.ref.path),
    kind: head.kind,
    size: head.size,
    mtime: isoOfNs(head.mtimeNs),
    version: formatId(head),
    conflict,
    here,
    marks: sites.flatMap((site) => snapshot.mark(site, head) ?? []),
  };
}

/** Offices that hold a folder. */
export function sitesOf(site: Pick<SiteView, 'plan'>, folder: string): string[] {
  const plan = site.plan.folders.find(({ name }) => name === folder);
  return plan?.members ?? [];
}

/** The unreachable ones of these offices. */
export function awayOf(sites: string[], { away }: PlacementSnapshot): UnreachableOffice[] {
  return sites.flatMap((site) => {
    const at = away.get(site);
    return at === undefined ? [] : [{ site, lastContact: at === 0 ? null : isoOf(at) }];
  });
}

/** Text from another site: escaped, and no longer than a line. */
export const authorOf = ({ author }: Pick<Version, 'author'>) => displayPath(author).slice(0, 255);
