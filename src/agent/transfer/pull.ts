import { type BytePath, baseName, joinPath, parentOf } from '../../base/bytes.ts';
import { rsyncUser } from '../../base/login-name.ts';
import { type Problem, problem } from '../../problems/problem.ts';
import type { At } from '../fs/at.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { hashBehind, hashIfThere } from '../fs/hash.ts';
import { isMostlyHoles, isSparse } from '../fs/sparse.ts';
import { adoptStaged } from '../fs/staging.ts';
import type { Peer } from '../link/links.ts';
import type { SiteContext } from '../site/site.ts';
import type { IndexEntry } from '../store/index-entry.ts';
import type { Pending } from '../store/pending.ts';
import type { Compressibility } from './compressibility.ts';
import { extensionOf } from './likely-basis.ts';
import { pullDirectory } from './pull-directory.ts';
import type { RsyncPull, RsyncResult, RunRsync } from './rsync.ts';
import type { Job } from './schedule.ts';
import type { StagedBases } from './stage-bases.ts';
import { takeUp } from './take-up.ts';

/** What one rsync run brought: verified content in staging per item, or why not. */
export interface Pulled {
  arrived: { item: Pending; staged: At }[];
  failed: { item: Pending; problem: Problem; fault: NonNullable<RsyncResult['fault']> }[];
}

/** What helps to fetch it. */
export interface PullWith {
  index: Map<string, IndexEntry>;
  /** For files that the index does not have. */
  bases: StagedBases;
  kinds: Compressibility;
  signal: AbortSignal;
  rsync: RunRsync;
}

/**
 * Fetches the content of a job's files from one neighbour into staging. Every file is compared with the hash in the
 * journal: what does not match (it was edited at the source meanwhile, or the source lies) never reaches the tree.
 */
export async function pull(
  site: SiteContext,
  folder: OpenFolder,
  job: Job,
  peer: Peer,
  { index, bases, kinds, signal, rsync }: PullWith,
): Promise<Pulled> {
  const first = job.items[0]!.head;
  const isKnown = index.get(first.ref.id)?.kind === 'file' || bases.ids.has(first.ref.id);
  const begun = job.large ? takeUp(folder, jobName(job), first.ref.path, first.size) : 0;
  const hasBasis = !job.large || (begun === 0 && isKnown && !isMostlyHoles(first));
  const partialDir = '.partial';
  const name = job.large && hasBasis ? deltaName(job) : jobName(job);
  if (job.large && hasBasis) takeUp(folder, name, inPartialDir(first.ref.path, partialDir), first.size);
  const into = pullDirectory(folder, name);
  const run: RsyncPull = {
    port: peer.rsyncPort,
    user: rsyncUser(site.plan.site, peer.rsyncPassword),
    password: peer.rsyncPassword,
    module: job.folder,
    paths: job.items.map((item) => item.head.ref.path).sort(),
    into: into.path,
    signal,
    ...(hasBasis && { bases: [...(bases.ids.size > 0 ? [bases.path] : []), folder.root] }),
    ...(job.large && (hasBasis ? { partialDir } : { resume: begun > 0 })),
    sparse: job.items.some(({ head }) => isSparse(head)),
    compress: isCompressed(job, hasBasis, kinds),
    ...(job.bytesPerSecond !== undefined && { bytesPerSecond: job.bytesPerSecond }),
  };
  const isSequential = job.large && !hasBasis && !(run.resume && run.sparse);
  const ending = rsync(run);
  const behind = isSequential ? await hashBehind(folder.disk, into.at(first.ref.path), ending, site) : undefined;
  const result = await ending;
  const outcome: Pulled = { arrived: [], failed: [] };
  for (const item of job.items) {
    const at = into.at(item.head.ref.path);
    const hash = behind ?? (await hashIfThere(folder.disk, at));
    if (hash && item.head.sha256?.equals(hash)) {
      outcome.arrived.push({ item, staged: adoptStaged(folder, at) });
    } else if (hash && (result.ok || !job.large)) {
      folder.disk.removeAll(at);
      outcome.failed.push({ item, fault: 'source', problem: problem('sourceChanged', { peer: peer.name }) });
    } else {
      outcome.failed.push({ item, fault: result.fault ?? 'source', problem: whyMissing(result, job) });
    }
  }
  // The beginning of a sparse file says little of its kind.
  const dense = outcome.arrived.filter(({ item }) => !isSparse(item.head));
  for (const { item, staged } of onePerKind(dense)) kinds.learn(folder, item.head.ref.path, staged);
  // An interrupted large file stays where the next try resumes it.
  if (!job.large || outcome.arrived.length) into.remove();
  return outcome;
}

/**
 * Whether most of a job's bytes are likely to become fewer. The holes of a sparse file are zeros on the line. What is not
 * known is compressed, unless it is large and comes over a line without a rate: there the time would be noticed. Pure.
 */
function isCompressed(
  { large, items, folder, bytesPerSecond }: Job,
  isDelta: boolean,
  kinds: Compressibility,
): boolean {
  const unknown = !large || isDelta || bytesPerSecond !== undefined;
  const worth = items.filter(({ head }) => isSparse(head) || (kinds.expect(folder, head.ref.path) ?? unknown));
  const bytesOf = (some: Pending[]) => some.reduce((sum, { head }) => sum + head.size, 0);
  return 2 * bytesOf(worth) > bytesOf(items);
}

const onePerKind = (arrived: Pulled['arrived']) =>
  new Map(arrived.map((one) => [extensionOf(one.item.head.ref.path), one])).values();

/** What rsync says in the words of the C library, in the locale C. */
const DISK_FULL = 'No space left on device';
const QUOTA_FULL = 'Disk quota exceeded';

/** Why rsync has not brought a file. Pure. */
function whyMissing({ fault, error }: RsyncResult, { peer, folder }: Job): Problem {
  if (error === undefined) return problem('notSent', { peer });
  if (fault !== 'source' && error.includes(DISK_FULL)) return problem('diskFull', { folder });
  if (fault !== 'source' && error.includes(QUOTA_FULL)) return problem('quotaFull', { folder });
  return problem('transferFailed', { peer, why: error });
}

/** Bytes of a large job that are on this disk already; 0 before anything came. */
export function bytesArrived(folder: OpenFolder, job: Job): number {
  const name = `${jobName(job)}/${job.items[0]!.head.ref.path}`;
  return Number(folder.disk.look({ fd: folder.partialFd, name })?.size ?? 0n);
}

/**
 * A large file's directory is named by its content alone, so that a later try finds what an earlier one left, from whichever
 * neighbour and whatever the file is called by then.
 */
function jobName({ items, large, peer }: Job): string {
  return large ? items[0]!.head.sha256!.toString('hex').slice(0, 32) : `batch-${peer}`;
}

/** Of a delta, whose interrupted file lies elsewhere. */
const deltaName = (job: Job) => `${jobName(job)}-delta`;

const inPartialDir = (path: BytePath, partialDir: string): BytePath =>
  joinPath(joinPath(parentOf(path), partialDir), baseName(path));
