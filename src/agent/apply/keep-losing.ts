import { hash } from 'node:crypto';
import { stageBytes } from '../fs/staging.ts';
import type { SiteContext } from '../site/site.ts';
import type { Head } from '../store/head.ts';
import { refOf } from '../store/path-ref.ts';
import { sameId, type Version } from '../versions/version.ts';
import { keepForLater } from './kept.ts';

/**
 * Keeps the content of edits that have lost as soon as they arrived: it is never placed at its path, but its site will keep
 * it beside the winner, as a file that names this content. Best effort: what is not kept is pulled.
 */
export async function keepLosing(
  { folders }: SiteContext,
  versions: Version[],
  heads: Head[],
  bytesOf: (version: Version) => Buffer | undefined,
): Promise<void> {
  const contested = new Map(heads.filter(({ rivals }) => rivals > 0).map((head) => [head.ref.id, head]));
  if (contested.size === 0) return;
  for (const version of versions) {
    const head = contested.get(refOf(version.folder, version.path).id);
    const folder = folders.get(version.folder);
    const bytes = bytesOf(version);
    const { sha256 } = version;
    if (!head || sameId(head, version) || !folder || !bytes || !sha256) continue;
    if (!(await folder.answers())) continue;
    if (!hash('sha256', bytes, 'buffer').equals(sha256)) continue;
    try {
      const at = stageBytes(folder, bytes, 0o600);
      keepForLater(folder, at, sha256);
    } catch {
      // There is no room: another one may be smaller, or of a folder on another disk.
    }
  }
}
