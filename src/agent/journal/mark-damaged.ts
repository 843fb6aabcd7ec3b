import { displayPath } from '../../base/bytes.ts';
import { transaction } from '../../database/transaction.ts';
import type { DiskState } from '../fs/disk-state.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { MODE_MASK } from '../fs/modes.ts';
import type { Site } from '../site/site.ts';
import { type Damage, saveDamage } from '../store/damage.ts';
import { loadHeads } from '../store/head.ts';
import { damagedId, dropIndex, type IndexEntry, loadIndex, saveIndex } from '../store/index-entry.ts';
import { addPending } from '../store/pending.ts';
import { formatId, sameId } from '../versions/version.ts';

/** A file and what is wrong with it. */
export interface Suspect {
  entry: IndexEntry;
  what: Damage['what'];
  found?: Buffer;
  /** What is there, if it differs from the index. */
  state?: DiskState;
}

/**
 * Records damage and wants the head of each path again, in one transaction. From then on the index says what is really on
 * disk, with an id that is no version's: placing treats it as what must be replaced, detection as known. Call it under the
 * site's lock. Returns the damage for which the index had not changed.
 */
export async function markDamaged(site: Site, folder: OpenFolder, suspects: Suspect[]): Promise<Damage[]> {
  const refs = suspects.map(({ entry }) => entry.ref);
  const [index, heads] = [await loadIndex(site.store.db, refs), await loadHeads(site.store.db, refs)];
  const foundAt = site.now();
  const now = suspects.filter(({ entry }) => {
    const current = index.get(entry.ref.id);
    return current !== undefined && sameId(current, entry) && current.ctimeNs === entry.ctimeNs;
  });
  const damaged = now.map((one) => damageOf(one, foundAt));
  const [gone, there] = [now.filter(({ what }) => what === 'lost'), now.filter(({ what }) => what !== 'lost')];
  const isKept = folder.plan.mode !== 'sendOnly';
  const wanted = now.flatMap(({ entry }) => heads.get(entry.ref.id) ?? []).filter(({ kind }) => kind !== 'deleted');
  await transaction(site.store.db, async (tx) => {
    await saveIndex(
      tx,
      there.map((one) => damagedEntry(one, foundAt)),
    );
    await dropIndex(
      tx,
      gone.map(({ entry }) => entry.ref),
    );
    if (isKept) await addPending(tx, wanted, foundAt);
    await saveDamage(tx, damaged);
  });
  for (const one of damaged)
    site.log.error(
      { folder: one.folder, path: displayPath(one.path), version: formatId(one), what: one.what },
      'a file is damaged: fetching its content again',
    );
  if (damaged.length > 0) site.wake.pull.ring();
  site.wake.custody.ring();
  return damaged;
}

function damageOf({ entry, what, found, state }: Suspect, foundAt: number): Damage {
  const { ref, origin, seq, size, sha256 } = entry;
  const { folder, path, pathKey, dirKey } = ref;
  const content = found ?? state?.sha256;
  return {
    folder,
    place: 'tree',
    path,
    pathKey,
    dirKey,
    what,
    origin,
    seq,
    size,
    // A directory has none.
    sha256: sha256 ?? Buffer.alloc(32),
    foundAt,
    ...(content && { found: content }),
  };
}

/** What is really on disk. Content that cannot be read has no hash, and is not kept when it is replaced. */
function damagedEntry({ entry, found, state }: Suspect, foundAt: number): IndexEntry {
  const { ref, kind, size, mtimeNs, ctimeNs, ino, mode } = { ...entry, ...state };
  const content = found ?? state?.sha256;
  const stats = { kind, size, mtimeNs, ctimeNs, ino, mode: mode & MODE_MASK };
  return { ref, ...stats, ...damagedId(foundAt), ...(content && { sha256: content }) };
}
