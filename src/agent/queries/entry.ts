import type { RowDataPacket } from 'mysql2/promise';
import { encodeApiPath } from '../../base/api-path.ts';
import { baseName, displayPath } from '../../base/bytes.ts';
import { isoOf, isoOfNs } from '../../base/iso.ts';
import { safeTime } from '../../base/numbers.ts';
import { siteSchema } from '../../database/schema.ts';
import type { Entry } from '../../web/contract/browse.ts';
import type { Mark, UnreachableOffice } from '../../web/contract/common.ts';
import type { SiteView } from '../site/site.ts';
import { loadFamilies, originsOf } from '../store/family.ts';
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
  const deletedAt = await deletionTimes(site, heads);
  const held = await heldAmong(site, heads);
  return heads.map((head, i) => {
    const { folder, id } = head.ref;
    const here = isHere(head, rows[i]!);
    const entry = entryOf(head, here, sitesOf(site, folder), snapshot, contested.has(id));
    const at = deletedAt.get(formatId(head));
    return {
      folder,
      entry: {
        ...entry,
        ...(at !== undefined && { mtime: isoOf(at) }),
        ...(held.has(id) && { marks: withHeld(entry.marks, site.plan.site) }),
      },
    };
  });
}

/** What waits for approval on this disk; mostly nothing does. */
async function heldAmong(site: SiteView, heads: Head[]): Promise<Set<string>> {
  const held = await Promise.all(
    [...Map.groupBy(heads, ({ ref }) => ref.folder).values()].map((some) =>
      site.store.brake.at(some.map(({ ref }) => ref)),
    ),
  );
  return new Set(held.flatMap((some) => [...some].flatMap(([id, { needsApproval }]) => (needsApproval ? [id] : []))));
}

/** This site had the version, and has something else now that the others do not know of. */
const withHeld = (marks: Mark[], site: string): Mark[] => [
  ...marks.filter((mark) => mark.site !== site),
  { site, state: 'held' },
];

/** When deleted entries were deleted, by version: a deletion has no time of its own on a disk. Unix ms. */
async function deletionTimes(site: SiteView, heads: Head[]): Promise<Map<string, number>> {
  const deleted = heads.filter(({ kind }) => kind === 'deleted');
  const known = new Set(originsOf(site));
  const times = new Map<string, number>();
  for (const [origin, some] of Map.groupBy(deleted, (head) => head.origin)) {
    if (!known.has(origin)) continue;
    const [rows] = await site.store.db.query<RowDataPacket[]>(
      `SELECT seq, detected_at FROM ${siteSchema(origin)}.version WHERE seq IN (?)`,
      [some.map(({ seq }) => seq)],
    );
    for (const row of rows) times.set(formatId({ origin, seq: Number(row.seq) }), safeTime(row.detected_at));
  }
  return times;
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
    below: null,
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
