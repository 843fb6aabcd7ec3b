import { existsSync, readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DataDir } from '../../local/data-dir.ts';
import { bytes } from '../terminal/output.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';

const LITTLE_SPACE = 0.05;
/** Enough for one site's database and logs, with some margin. */
const LEAST_SPACE = 1e9;

/** Free space on the disk of the data folder, or where it will be created. */
export async function checkDisk(data: DataDir): Promise<Finding> {
  let path = data.root;
  while (!existsSync(path)) path = dirname(path);
  const { bavail, blocks, bsize, ffree, files } = await statfs(path);
  const [free, size] = [bavail * bsize, blocks * bsize];
  const found = `${bytes(free)} of ${bytes(size)} free at ${path}`;
  if (files > 0 && ffree === 0) return wrong('disk', `no free inodes at ${path}`, 'Delete files you do not need');
  if (free < LEAST_SPACE) return wrong('disk', found, 'Free up space, or specify a folder on another disk with --data');
  if (free < size * LITTLE_SPACE)
    return warning('disk', found, 'Free up space; old versions are stored on this disk too');
  return ok('disk', found);
}

/** Whether the kernel allows a watch on every directory. Watches are only an optimisation: scans find the rest. */
export function checkWatches(directories: number, limit = readLimit('max_user_watches')): Finding {
  const found = `${limit} watches allowed, ${directories} used by the running sites`;
  if (directories < limit * 0.9) return ok('inotify', found);
  const remedy = `Run "sudo sysctl fs.inotify.max_user_watches=${Math.max(524_288, directories * 2)}"; until then some changes are only found by scans, later`;
  return warning('inotify', found, remedy);
}

/** Each agent opens one instance. */
export function checkInstances(sites: number, limit = readLimit('max_user_instances')): Finding {
  const found = `${limit} instances allowed, ${sites} sites`;
  if (sites * 2 < limit) return ok('inotify instances', found);
  return warning(
    'inotify instances',
    found,
    `Run "sudo sysctl fs.inotify.max_user_instances=${Math.max(1024, sites * 4)}"`,
  );
}

function readLimit(name: string): number {
  return Number(readFileSync(`/proc/sys/fs/inotify/${name}`, 'utf8'));
}
