import type { RowDataPacket } from 'mysql2/promise';
import { type BytePath, displayPath, pathKey } from '../../base/bytes.ts';
import { isoOfNs } from '../../base/iso.ts';
import type { SiteView } from '../site/site.ts';
import { type Head, loadHeads, readHead } from '../store/head.ts';
import { refOf } from '../store/path-ref.ts';
import { formatId } from '../versions/version.ts';
import { membersOf } from './members.ts';
import { readPlacement } from './placement.ts';

export interface ListEntry {
  name: string;
  path: string;
  kind: string;
  size: number;
  /** ISO 8601. */
  mtime: string;
  version: string;
  sites: { site: string; has: boolean }[];
}

/** The entries of a directory, or the file at that path, sorted by name. This site does not have what is held here. */
export async function list(site: SiteView, folder: string, path: BytePath): Promise<ListEntry[]> {
  const { mark } = await readPlacement(site);
  const members = membersOf(site, folder);
  const [rows] = await site.store.db.query<RowDataPacket[]>(
    `SELECT * FROM local.head WHERE dir_key = ? AND kind <> 'deleted' AND path <> '' ORDER BY path LIMIT 100000`,
    [pathKey(folder, path)],
  );
  let heads = rows.map(readHead);
  if (heads.length === 0 && path !== '') {
    const ref = refOf(folder, path);
    const head = (await loadHeads(site.store.db, [ref])).get(ref.id);
    if (head && head.kind !== 'deleted' && head.kind !== 'dir') heads = [head];
  }
  const changed = await site.store.brake.at(heads.map(({ ref }) => ref));
  const isHeld = (member: string, { ref }: Head) =>
    member === site.plan.site && changed.get(ref.id)?.needsApproval === true;
  return heads.map((head) =>
    listEntry(
      head,
      members.map((member) => ({ site: member, has: !mark(member, head) && !isHeld(member, head) })),
    ),
  );
}

function listEntry(head: Head, sites: ListEntry['sites']): ListEntry {
  const name = head.ref.path.slice(head.ref.path.lastIndexOf('/') + 1);
  return {
    name: displayPath(name),
    path: displayPath(head.ref.path),
    kind: head.kind,
    size: head.size,
    mtime: isoOfNs(head.mtimeNs),
    version: formatId(head),
    sites,
  };
}
