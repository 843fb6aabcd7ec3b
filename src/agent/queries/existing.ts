import { encodeApiPath } from '../../base/api-path.ts';
import type { BytePath } from '../../base/bytes.ts';
import { isoOfNs } from '../../base/iso.ts';
import type { Existing, ExistingEntries } from '../../web/contract/change.ts';
import type { SiteView } from '../site/site.ts';
import { type Head, loadHeads } from '../store/head.ts';
import { type IndexEntry, loadIndex } from '../store/index-entry.ts';
import { refOf } from '../store/path-ref.ts';
import { formatId } from '../versions/version.ts';

/** What users see at these paths, or what is on this disk if only that is known. Paths where nothing is are left out. */
export async function existingAt(site: SiteView, folder: string, paths: BytePath[]): Promise<ExistingEntries> {
  const refs = paths.map((path) => refOf(folder, path));
  const [heads, index] = await Promise.all([loadHeads(site.store.db, refs), loadIndex(site.store.db, refs)]);
  return {
    entries: refs.flatMap(({ id, path }) => {
      const head = heads.get(id);
      const there = head && head.kind !== 'deleted' ? head : index.get(id);
      return there ? [existingOf(path, there)] : [];
    }),
  };
}

function existingOf(path: BytePath, there: Head | IndexEntry): Existing {
  const { kind, size, mtimeNs, sha256 } = there;
  return {
    path: encodeApiPath(path),
    kind: kind as Existing['kind'],
    size,
    mtime: isoOfNs(mtimeNs),
    version: formatId(there),
    sha256: kind === 'file' && sha256 ? sha256.toString('hex') : null,
  };
}
