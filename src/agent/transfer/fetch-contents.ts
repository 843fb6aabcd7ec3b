import { rsyncUser } from '../../base/login-name.ts';
import { refuse } from '../../web/contract/refusals.ts';
import { archiveRelative } from '../archive/archive.ts';
import type { At } from '../fs/at.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { hashFile } from '../fs/hash.ts';
import { adoptStaged, stageBytes } from '../fs/staging.ts';
import type { Links, Peer } from '../link/links.ts';
import type { SiteView } from '../site/site.ts';
import { formatId, type Version, type VersionId } from '../versions/version.ts';
import { findContent } from './local-content.ts';
import { pullDirectory } from './pull-directory.ts';
import { runRsync } from './rsync.ts';

/** Content that is requested by its hash. */
export interface WantedContent {
  sha256: Buffer;
  size: number;
  mode: number;
}

/** A verified copy in staging from this disk, or nothing when it is not there. */
export async function contentHere(site: SiteView, folder: OpenFolder, wanted: WantedContent): Promise<At | undefined> {
  if (wanted.size === 0) return stageBytes(folder, Buffer.alloc(0), wanted.mode);
  return findContent(site.store.db, folder, wanted.sha256);
}

/**
 * Verified copies in staging from the archives of neighbours, by hash in hex: one rsync run per neighbour, each for what
 * the previous ones did not have. What is in no archive is left out.
 */
export async function contentsFrom(
  site: SiteView,
  peers: Peer[],
  folder: OpenFolder,
  hashes: Buffer[],
  signal = site.signal,
): Promise<Map<string, At>> {
  const found = new Map<string, At>();
  const wanted = new Map(hashes.map((sha256) => [sha256.toString('hex'), sha256]));
  for (const peer of peers) {
    if (wanted.size === 0) break;
    const into = pullDirectory(folder, `restore-${[...wanted.keys()][0]!.slice(0, 32)}`);
    try {
      await runRsync({
        port: peer.rsyncPort,
        user: rsyncUser(site.plan.site, peer.rsyncPassword),
        password: peer.rsyncPassword,
        module: folder.plan.name,
        paths: [...wanted.values()].map(archiveRelative),
        into: into.path,
        // Whether it is sparse is not known here.
        sparse: true,
        compress: true,
        signal,
        ...(peer.downBytesPerSecond !== undefined && { bytesPerSecond: peer.downBytesPerSecond / 2 }),
      });
      for (const [hex, sha256] of wanted) {
        const file = into.at(archiveRelative(sha256));
        if (!(await hashFile(folder.disk, file).catch(() => undefined))?.equals(sha256)) continue;
        found.set(hex, adoptStaged(folder, file));
        wanted.delete(hex);
      }
    } finally {
      into.remove();
    }
  }
  return found;
}

/** A verified copy in staging of a version's content, from this disk or a neighbour. Throws {@link Refused}. */
export async function fetchContent(
  site: SiteView,
  links: Links,
  folder: OpenFolder,
  version: VersionId & Pick<Version, 'size' | 'sha256'> & { mode?: number },
): Promise<At> {
  const sha256 = version.sha256!;
  const { size, mode = 0o600 } = version;
  const here = await contentHere(site, folder, { sha256, size, mode });
  const found = here ?? (await contentsFrom(site, links.peers(), folder, [sha256])).get(sha256.toString('hex'));
  if (!found) throw refuse('notKept', { version: formatId(version) });
  return found;
}
