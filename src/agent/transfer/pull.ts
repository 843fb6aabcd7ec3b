import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fsPath } from '../../base/bytes.ts';
import { rsyncUser } from '../../base/login-name.ts';
import type { At } from '../fs/at.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { hashBehind, hashIfThere } from '../fs/hash.ts';
import { adoptStaged, pullDirectory } from '../fs/staging.ts';
import type { Peer } from '../link/links.ts';
import type { Here } from '../site/site.ts';
import type { IndexEntry } from '../store/index-entry.ts';
import type { Pending } from '../store/pending.ts';
import { type RsyncPull, type RsyncResult, runRsync } from './rsync.ts';
import type { Job } from './schedule.ts';

/** What one rsync run brought: verified content in staging per item, or why not. */
export interface Pulled {
  arrived: { item: Pending; staged: At }[];
  failed: { item: Pending; reason: string; fault: NonNullable<RsyncResult['fault']> }[];
}

/**
 * Fetches the content of a job's files from one neighbour into staging. Every file is compared with the hash in the
 * journal: what does not match (it was edited at the source meanwhile, or the source lies) never reaches the tree.
 */
export async function pull(
  site: Here,
  folder: OpenFolder,
  job: Job,
  peer: Peer,
  basis: Map<string, IndexEntry>,
  signal: AbortSignal,
): Promise<Pulled> {
  const into = pullDirectory(folder, jobName(job));
  mkdirSync(into, { recursive: true, mode: 0o700 });
  const first = job.items[0]!.head;
  const hasBasis = !job.large || basis.get(first.ref.id)?.kind === 'file';
  const run: RsyncPull = {
    port: peer.rsyncPort,
    user: rsyncUser(site.plan.site, peer.rsyncPassword),
    password: peer.rsyncPassword,
    module: job.folder,
    paths: job.items.map((item) => item.head.ref.path).sort(),
    into,
    signal,
    ...(hasBasis && { basis: folder.root }),
    ...(job.large && (hasBasis ? { partialDir: '.partial' } : { resume: bytesArrived(folder, job) > 0 })),
    ...(job.bytesPerSecond !== undefined && { bytesPerSecond: job.bytesPerSecond }),
  };
  const ending = runRsync(run);
  const single = fsPath(`${into}/${first.ref.path}`);
  const behind = job.large && !hasBasis ? await hashBehind(single, ending) : undefined;
  const result = await ending;
  const outcome: Pulled = { arrived: [], failed: [] };
  for (const item of job.items) {
    const path = fsPath(`${into}/${item.head.ref.path}`);
    const hash = behind ?? (await hashIfThere(path));
    if (hash && item.head.sha256?.equals(hash)) {
      outcome.arrived.push({ item, staged: adoptStaged(folder, path) });
    } else if (hash && (result.ok || !job.large)) {
      rmSync(path, { force: true });
      outcome.failed.push({ item, fault: 'source', reason: `${peer.name} has other content there by now` });
    } else {
      const reason = result.error ?? `${peer.name} did not send it`;
      outcome.failed.push({ item, fault: result.fault ?? 'source', reason });
    }
  }
  // An interrupted large file stays where the next try resumes it.
  if (!job.large || outcome.arrived.length) rmSync(into, { recursive: true, force: true });
  return outcome;
}

/** Bytes of a large job that are on this disk already; 0 before anything came. */
export function bytesArrived(folder: OpenFolder, job: Job): number {
  const path = `${pullDirectory(folder, jobName(job))}/${job.items[0]!.head.ref.path}`;
  return statSync(fsPath(path), { throwIfNoEntry: false })?.size ?? 0;
}

/** A large file's directory is named by its content, so that a later try finds what an earlier one left. */
function jobName(job: Job): string {
  const { head } = job.items[0]!;
  if (job.large) return createHash('sha256').update(head.ref.id).update(head.sha256!).digest('hex').slice(0, 32);
  return join(`batch-${job.peer}`);
}
