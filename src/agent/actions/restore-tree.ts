import { transaction } from '../../database/transaction.ts';
import { sentenceOf } from '../../problems/problem.ts';
import { applyAll } from '../apply/apply.ts';
import { commitPrivate } from '../apply/commit.ts';
import type { Want } from '../apply/want.ts';
import type { At } from '../fs/at.ts';
import type { OpenFolder } from '../fs/folder.ts';
import type { Peer } from '../link/links.ts';
import { mustAnswer } from '../site/must-answer.ts';
import type { Site } from '../site/site.ts';
import { type Head, headFrom } from '../store/head.ts';
import { loadIndex } from '../store/index-entry.ts';
import { contentHere, contentsFrom } from '../transfer/fetch-contents.ts';
import { observeAs } from './observe-as.ts';
import { type Restorable, restorables, type Wanted } from './restore-plan.ts';

/** The outcome for one path. */
export interface Restored {
  item: Restorable;
  /** `nowhere`: no archive that can be reached has the content. `refused`: it could not be put in place. */
  is: 'restored' | 'would' | 'nowhere' | 'refused';
  reason?: string;
}

/** Maximum bytes of content fetched at a time, to keep staging small; a larger file is fetched alone. */
const BATCH_BYTES = 256 * 1024 * 1024;

/** What {@link restoreTree} would do. Does not ask neighbours for content that is missing here. */
export async function* previewRestore(site: Site, wanted: Wanted): AsyncGenerator<Restored[]> {
  for await (const batch of restorables(site, wanted)) yield batch.map((item) => ({ item, is: 'would' }));
}

/**
 * Restores a file, a directory or a folder by ordinary edits of this site: what is there now goes to the archive and
 * stays in the history, and a concurrent change elsewhere is a conflict like any other. A path that cannot be restored
 * does not stop the others. Stops early when the signal aborts; what was restored stays.
 */
export async function* restoreTree(
  site: Site,
  peers: () => Peer[],
  folder: OpenFolder,
  wanted: Wanted,
  author: string,
  signal: AbortSignal,
): AsyncGenerator<Restored[]> {
  for await (const found of restorables(site, wanted)) {
    for (const batch of inBatches(found)) {
      if (signal.aborted) return;
      await mustAnswer(site, folder);
      yield await restoreSome(site, peers(), folder, batch, author, signal);
    }
  }
}

/** No batch has the same content twice: the second time, it is on this disk already. */
function inBatches(items: Restorable[]): Restorable[][] {
  const batches: { items: Restorable[]; bytes: number; contents: Set<string> }[] = [];
  for (const item of items) {
    const { size, sha256 } = item.version;
    const content = sha256?.toString('hex');
    let batch = batches.at(-1);
    if (!batch || batch.bytes + size > BATCH_BYTES || (content && batch.contents.has(content))) {
      batch = { items: [], bytes: 0, contents: new Set() };
      batches.push(batch);
    }
    batch.items.push(item);
    batch.bytes += size;
    if (content) batch.contents.add(content);
  }
  return batches.map((batch) => batch.items);
}

async function restoreSome(
  site: Site,
  peers: Peer[],
  folder: OpenFolder,
  items: Restorable[],
  author: string,
  signal: AbortSignal,
): Promise<Restored[]> {
  const outcome = new Map<Restorable, Restored>();
  const held = await site.store.brake.at(items.map(({ ref }) => ref));
  const free = items.filter((item) => {
    const change = held.get(item.ref.id);
    if (!change?.needsApproval || change.now.kind === 'deleted') return true;
    const reason = 'it has held changes: approve or reject them first, see "sitesync held"';
    outcome.set(item, { item, is: 'refused', reason });
    return false;
  });
  const staged = await stage(site, peers, folder, free, signal);
  const ready = free.filter((item) => item.version.kind !== 'file' || staged.has(item));
  for (const item of free) if (!ready.includes(item)) outcome.set(item, { item, is: 'nowhere' });
  const refused = await putBack(site, folder, ready, staged);
  const refs = ready.map(({ ref }) => ref);
  await observeAs(site, folder, refs, author);
  for (const item of ready) {
    const reason = refused.get(item.ref.id);
    outcome.set(item, reason === undefined ? { item, is: 'restored' } : { item, is: 'refused', reason });
  }
  return items.map((item) => outcome.get(item)!);
}

async function stage(
  site: Site,
  peers: Peer[],
  folder: OpenFolder,
  items: Restorable[],
  signal: AbortSignal,
): Promise<Map<Restorable, At>> {
  const staged = new Map<Restorable, At>();
  const missing: Restorable[] = [];
  for (const item of items) {
    const { kind, sha256, size, mode } = item.version;
    if (kind !== 'file' || !sha256) continue;
    const here = await contentHere(site, folder, { sha256, size, mode });
    if (here) staged.set(item, here);
    else missing.push(item);
  }
  const hashes = missing.flatMap(({ version }) => version.sha256 ?? []);
  const fetched = await contentsFrom(site, peers, folder, hashes, signal);
  for (const item of missing) {
    const at = fetched.get(item.version.sha256!.toString('hex'));
    if (at) staged.set(item, at);
  }
  return staged;
}

/** Puts old states in place as edits of this site. Returns why paths were refused, by their id. */
export async function putBack(
  site: Site,
  folder: OpenFolder,
  items: Restorable[],
  staged: Map<Restorable, At>,
): Promise<Map<string, string>> {
  if (items.length === 0) return new Map();
  return site.store.lock(async () => {
    const index = await loadIndex(
      site.store.db,
      items.map(({ ref }) => ref),
    );
    const wants = items.map((item): Want => {
      const at = staged.get(item);
      // Neither the id of a version nor that of an unversioned entry.
      const head: Head = { ...headFrom(item.ref, { ...item.version, clock: 0 }, 0), origin: '', seq: -1 };
      return { head, index: index.get(item.ref.id), ...(at && { staged: at }) };
    });
    const applied = await applyAll(site, folder, wants);
    await transaction(site.store.db, (tx) => commitPrivate(site, tx, applied));
    return new Map(applied.postponed.map(({ head, problem }) => [head.ref.id, sentenceOf(problem, site.plan.site)]));
  });
}
