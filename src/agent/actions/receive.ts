import { mkdirSync, statfsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type BytePath, displayPath } from '../../base/bytes.ts';
import type { UploadOutcome } from '../../web/contract/change.ts';
import { refuse } from '../../web/contract/refusals.ts';
import type { Arrived, Received } from '../../web/routes/page.ts';
import { conflictPath, numberedPath } from '../apply/conflict-name.ts';
import type { At } from '../fs/at.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { hashFile } from '../fs/hash.ts';
import { adoptStaged, discard } from '../fs/staging.ts';
import type { Site } from '../site/site.ts';
import { loadHeads } from '../store/head.ts';
import { type IndexEntry, loadIndex } from '../store/index-entry.ts';
import { type PathRef, refOf } from '../store/path-ref.ts';
import { formatId } from '../versions/version.ts';
import { journal, mustBeSynced, refusal } from './changes.ts';
import { edit } from './edit.ts';

/** Kept free for the database, the archive and other users. */
const RESERVE = 64 * 1024 * 1024;
const NEW_MODE = 0o644;
const NAMES_TRIED = 100;

const UPLOADS = '.sitesync/uploads';

/** Where uploads are kept: beside the staging area, so that a finished one is renamed into the tree. */
export function uploadRoom(folder: OpenFolder): string {
  const room = join(folder.root, UPLOADS);
  mkdirSync(room, { recursive: true, mode: 0o700 });
  return room;
}

/** Throws Refused when a file of this name and size cannot be accepted. Returns the bytes that would be free then. */
export function admit(folder: OpenFolder, path: BytePath, size: number): number {
  mustBeSynced(folder, path);
  const { bavail, bsize } = statfsSync(folder.root);
  const free = bavail * bsize - RESERVE;
  if (size > free) throw refuse('noRoom', { free: Math.max(0, free), size });
  return free - size;
}

/**
 * Moves a complete upload into the tree. If something is there that the user had not seen, it becomes a conflict copy
 * beside it, or gets a number if both are to be kept; if the same content is already there, nothing happens.
 */
export async function receive(site: Site, folder: OpenFolder, upload: Received, author: string): Promise<Arrived> {
  const waiting: At = { fd: folder.rootFd, name: `${UPLOADS}/${basename(upload.file)}` };
  const sha256 = await hashFile(folder.disk, waiting);
  const size = Number(folder.disk.look(waiting)!.size);
  const mtimeNs = BigInt(Math.round(upload.mtimeMs ?? site.now())) * 1_000_000n;
  const staged = adoptStaged(folder, waiting);
  const content = { kind: 'file' as const, staged, size, mtimeNs, sha256 };
  try {
    const { ref, outcome } = await site.store.lock(() => putSeen(site, folder, upload, content));
    return { ...(await journal(site, folder, [ref], author)), outcome };
  } finally {
    discard(folder, staged);
  }
}

type Content = { kind: 'file'; staged: At; size: number; mtimeNs: bigint; sha256: Buffer };

interface Put {
  ref: PathRef;
  outcome: UploadOutcome;
}

async function putSeen(site: Site, folder: OpenFolder, upload: Received, content: Content): Promise<Put> {
  const { path, base, keepBoth } = upload;
  const now = site.now();
  const another = (attempt: number) =>
    keepBoth ? numberedPath(path, attempt + 1) : conflictPath(path, site.plan.site, now, attempt);
  for (let attempt = 0; attempt <= NAMES_TRIED; attempt++) {
    const name = attempt === 0 ? path : another(attempt);
    const ref = refOf(folder.plan.name, name);
    const index = (await loadIndex(site.store.db, [ref])).get(ref.id);
    if (index?.sha256?.equals(content.sha256)) return { ref, outcome: 'unchanged' };
    if (attempt === 0 && !(await hasSeen(site, ref, index, base))) continue;
    if (attempt > 0 && index) continue;
    const mode = index?.kind === 'file' ? index.mode : NEW_MODE;
    const refused = (await edit(site, folder, [{ ref, index, wanted: { ...content, mode } }])).get(ref.id);
    if (refused === undefined) return { ref, outcome: attempt === 0 ? 'placed' : keepBoth ? 'beside' : 'conflict' };
    // The index does not know what is there: the user has not seen it either.
    if (refused !== 'changed-here') throw refusal(refused, name);
    site.wake.look.publish([ref]);
  }
  throw refuse('noFreeName', { name: displayPath(path) });
}

/** Whether what is at the path, on disk or in the index, is what the user saw. */
async function hasSeen(site: Site, ref: PathRef, index: IndexEntry | undefined, base: string): Promise<boolean> {
  const head = (await loadHeads(site.store.db, [ref])).get(ref.id);
  const isThere = head && head.kind !== 'deleted';
  if (!index && !isThere) return true;
  if (index && index.kind !== 'file') return false;
  return base !== '' && ((index && formatId(index) === base) || (isThere === true && formatId(head) === base));
}
