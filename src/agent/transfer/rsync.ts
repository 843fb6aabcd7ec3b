import { execa } from 'execa';
import type { BytePath } from '../../base/bytes.ts';
import { untilIdle } from '../../base/hang.ts';
import { descendants } from '../../base/processes.ts';

/** One pull of regular files from a neighbour's read-only rsync daemon. */
export interface RsyncPull {
  port: number;
  user: string;
  password: string;
  /** The daemon's module: the folder. */
  module: string;
  /** Paths relative to the module's root. */
  paths: BytePath[];
  /** Directory that receives them under the same relative paths. */
  into: string;
  /** Directories whose files with the same relative paths are the basis of the delta: the first that has one. */
  bases?: string[];
  /** Where an interrupted delta is kept, relative to each file's directory; only for large files. */
  partialDir?: string;
  /** Continue at the end of what an earlier pull left in `into`; only without a basis. */
  resume?: boolean;
  bytesPerSecond?: number;
  /** Zeros become holes. Costs a write per KB of other content. */
  sparse?: boolean;
  /** Compress what is sent: with zstd where both ends have it (rsync 3.2), else with zlib. */
  compress?: boolean;
  signal: AbortSignal;
}

/** How an rsync run ended. Which files arrived is determined on disk and by their hash, not here. */
export interface RsyncResult {
  ok: boolean;
  /**
   * `link`: the connection failed or broke; `source`: files were missing or unreadable there; `local`: our own disk or
   * options.
   */
  fault?: 'link' | 'source' | 'local';
  error?: string;
}

/** Seconds of silence after which the connection counts as dead (rsync's default is never). */
const TIMEOUT_SECONDS = 30;

/** Levels of compression. A line without a rate may be faster than every level but the quickest. */
const QUICK = 1;
const THOROUGH = 6;

/** Each of its processes wakes at least at half of its time-out. */
const IDLE_MS = 18_000;

/** Exit codes from rsync(1): 5 start, 10 socket, 12 stream, 30 timeout, 35 connect; 23 and 24 some files failed. */
const LINK_CODES = new Set([5, 10, 12, 30, 35]);
const SOURCE_CODES = new Set([23, 24]);

/** {@link runRsync}, or a replacement for it. */
export type RunRsync = (pull: RsyncPull) => Promise<RsyncResult>;

export async function runRsync(pull: RsyncPull): Promise<RsyncResult> {
  const args = [
    '--pdeathsig',
    'KILL',
    'rsync',
    // The list says exactly what to transfer; rsync's quick check and directory walk are not used.
    '--files-from=-',
    '--from0',
    '--ignore-times',
    '--no-motd',
    // What is in a directory without the write bit must be taken out of its copy in staging.
    '--chmod=Du+rwx',
    `--timeout=${TIMEOUT_SECONDS}`,
    '--contimeout=10',
    ...modeOptions(pull),
    ...(pull.sparse ? ['--sparse'] : []),
    ...(pull.compress ? ['--compress', `--compress-level=${pull.bytesPerSecond ? THOROUGH : QUICK}`] : []),
    ...(pull.bytesPerSecond ? [`--bwlimit=${Math.max(1, Math.floor(pull.bytesPerSecond / 1024))}`] : []),
    `rsync://${pull.user}@127.0.0.1:${pull.port}/${pull.module}/`,
    `${pull.into}/`,
  ];
  const rsync = execa('setpriv', args, {
    input: rsyncList(pull.paths),
    env: { RSYNC_PASSWORD: pull.password, LC_ALL: 'C' },
    stdout: 'ignore',
    maxBuffer: { stderr: 64 * 1024 },
    reject: false,
    cancelSignal: pull.signal,
    forceKillAfterDelay: 2000,
  });
  const over = new AbortController();
  const processes = () => (rsync.pid === undefined ? [] : [rsync.pid, ...descendants(rsync.pid)]);
  const hung = untilIdle(processes, IDLE_MS, over.signal).then((isHung) => {
    if (isHung) for (const pid of processes()) process.kill(pid, 'SIGKILL');
    return isHung;
  });
  const result = await rsync;
  over.abort();
  if (await hung)
    return { ok: false, fault: 'local', error: `rsync did nothing for ${IDLE_MS / 1000} s and was ended` };
  if (result.exitCode === 0) return { ok: true };
  const code = result.exitCode ?? -1;
  const error = lastLine(result.stderr) || `rsync ended with code ${code}`;
  return { ok: false, fault: LINK_CODES.has(code) ? 'link' : SOURCE_CODES.has(code) ? 'source' : 'local', error };
}

/** The input for `--files-from=- --from0`. "./" keeps rsync from dropping entries that start with "#" or ";". */
export function rsyncList(paths: BytePath[]): Buffer {
  return Buffer.from(paths.map((path) => `./${path}\0`).join(''), 'latin1');
}

/**
 * With a basis, the delta is rebuilt beside it and an interrupted file is kept in the partial directory. Without one, a
 * file is written sequentially and stays where an interruption leaves it, to be continued there. The journal's hash
 * verifies it; rsync's own checksum would cost a tenth of the rate.
 */
function modeOptions({ bases, partialDir, resume, sparse }: RsyncPull): string[] {
  if (bases)
    return [...bases.map((basis) => `--compare-dest=${basis}`), ...(partialDir ? [`--partial-dir=${partialDir}`] : [])];
  // With --sparse, --append of rsync 3.5 fills what is there with zeros: a delta to it goes on in its place.
  if (resume) return sparse ? ['--inplace'] : ['--append'];
  return ['--inplace', '--whole-file', '--checksum-choice=none'];
}

/** The line that gives the reason; rsync's closing line only repeats the code. */
function lastLine(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const telling = lines.filter((line) => !line.startsWith('rsync error:'));
  return (telling.at(-1) ?? lines.at(-1) ?? '').slice(0, 500);
}
