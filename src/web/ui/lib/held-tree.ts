import type { HeldChange } from '../../contract/held.ts';

/** A row in the list of held changes: one of them, or a directory containing some. */
export interface HeldRow {
  path: string;
  /** Of an entry as the site writes it; of a directory the encoded name. */
  name: string;
  isDirectory: boolean;
  deletions: number;
  overwrites: number;
  /** Of the previous content. */
  bytes: number;
  /** When the oldest was seen. */
  since: string;
}

/**
 * What is directly below a directory, directories first, each with the total of all held changes in it. A deleted directory
 * includes itself. Pure.
 * @param directory '' = the folder
 */
export function heldRowsAt(changes: HeldChange[], directory: string): HeldRow[] {
  const prefix = directory === '' ? '' : `${directory}/`;
  const rows = new Map<string, HeldRow>();
  for (const { path, name, kind, before, since } of changes) {
    if (!path.startsWith(prefix)) continue;
    const end = path.indexOf('/', prefix.length);
    const isInside = end >= 0;
    const key = isInside ? path.slice(0, end) : path;
    const isDirectory = isInside || before.kind === 'dir';
    const row = rows.get(key) ?? { path: key, name: '', isDirectory, deletions: 0, overwrites: 0, bytes: 0, since };
    rows.set(key, {
      ...row,
      name: isInside ? row.name || key.slice(prefix.length) : name,
      isDirectory: row.isDirectory || isDirectory,
      deletions: row.deletions + Number(kind === 'deleted'),
      overwrites: row.overwrites + Number(kind === 'overwritten'),
      bytes: row.bytes + before.size,
      since: since < row.since ? since : row.since,
    });
  }
  const all = [...rows.values()];
  return [...all.filter((row) => row.isDirectory), ...all.filter((row) => !row.isDirectory)];
}
