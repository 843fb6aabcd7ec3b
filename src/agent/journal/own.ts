import { pathKey } from '../../base/bytes.ts';
import { siteSchema } from '../../database/schema.ts';
import { transaction } from '../../database/transaction.ts';
import { announce, bringInStep, commit } from '../apply/apply-heads.ts';
import { receives } from '../site/receives.ts';
import type { Site } from '../site/site.ts';
import { saveProgress } from '../store/counters.ts';
import { type Head, saveHeads } from '../store/head.ts';
import { dropHeld, type Held, saveHeld } from '../store/held.ts';
import { dropIndex, type IndexEntry, loadIndex, saveIndex } from '../store/index-entry.ts';
import type { PathRef } from '../store/path-ref.ts';
import { addPending, dropPending } from '../store/pending.ts';
import { VERSION_COLUMNS, versionRow } from '../store/rows.ts';
import { chunks } from '../store/sql.ts';
import type { Version } from '../versions/version.ts';
import { advanceHeads } from './ingest.ts';

/** The next versions of this site, with their index entries. */
export interface OwnBatch {
  /** Numbered on from `site.store.counters.seq` without gaps. */
  versions: Version[];
  entries: IndexEntry[];
  gone: PathRef[];
  /** Small contents that travel in rows, by the number of their version. */
  contents: [number, Buffer][];
  /** Heads of other sites that the disk has to follow now: pending, so that they survive a crash. */
  wanted: Head[];
  clock: number;
  /** Changes that are not journaled, and paths that are no longer held. */
  waiting?: Held[];
  released?: PathRef[];
}

/**
 * Journals versions of this site in one transaction, then updates the disk where they did not win. Call it under the site's
 * lock.
 */
export async function journalOwn(site: Site, batch: OwnBatch): Promise<void> {
  const me = site.plan.site;
  const seq = batch.versions.at(-1)?.seq ?? site.store.counters.seq;
  const heads = await advanceHeads(site, batch.versions, (origin) => site.store.counters.progress.get(origin) ?? 0);
  const wanted = [...batch.wanted, ...heads.filter((head) => head.origin !== me)].filter(({ ref }) =>
    receives(site, ref.folder),
  );
  const changed = new Set([
    ...(batch.waiting ?? []).map(({ ref }) => ref.folder),
    ...(batch.released ?? []).map((ref) => ref.folder),
  ]);
  for (const folder of changed) site.store.brake.changed(folder);
  for (const { ref, needsApproval } of batch.waiting ?? []) if (!needsApproval) site.store.brake.arrive(ref.folder);
  await write(site, { ...batch, wanted }, heads, seq);
  for (const folder of changed) site.store.brake.changed(folder);
  noteUndecided(site, batch.waiting ?? []);
  site.store.counters.seq = seq;
  site.store.counters.clock = batch.clock;
  site.store.counters.progress.set(me, seq);
  site.wake.heads.publish(heads);
  await followHeads(site, wanted);
}

/** The brake decides about them when no more come. */
function noteUndecided(site: Site, waiting: Held[]): void {
  const now = site.monotonic();
  for (const { ref, needsApproval } of waiting) {
    if (needsApproval) continue;
    const before = site.store.brake.undecided.get(ref.folder);
    site.store.brake.undecided.set(ref.folder, { since: before?.since ?? now, last: now });
  }
}

async function write(site: Site, batch: OwnBatch, heads: Head[], seq: number): Promise<void> {
  const schema = siteSchema(site.plan.site);
  await transaction(site.store.db, async (tx) => {
    for (const part of chunks(batch.versions)) {
      const rows = part.map((v) => versionRow(v, pathKey(v.folder, v.path)));
      await tx.query(`INSERT INTO ${schema}.version (${VERSION_COLUMNS}) VALUES ?`, [rows]);
    }
    for (const part of chunks(batch.contents))
      await tx.query(`INSERT INTO ${schema}.content (seq, bytes) VALUES ?`, [part]);
    await saveIndex(tx, batch.entries);
    await dropIndex(tx, batch.gone);
    await saveHeld(tx, batch.waiting ?? []);
    await dropHeld(tx, batch.released ?? []);
    await saveHeads(tx, heads);
    await dropPending(
      tx,
      heads.map((head) => head.ref),
    );
    await addPending(tx, batch.wanted, site.now());
    if (batch.versions.length) await saveProgress(tx, site.plan.site, seq, batch.clock);
  });
}

/** Where the head is not what is on disk (an edit elsewhere beats a deletion here), the disk has to follow. */
async function followHeads(site: Site, heads: Head[]): Promise<void> {
  if (heads.length === 0) return site.wake.custody.ring();
  const index = await loadIndex(
    site.store.db,
    heads.map((head) => head.ref),
  );
  const steps = await bringInStep(
    site,
    heads.map((head) => ({ head, index: index.get(head.ref.id) })),
  );
  await transaction(site.store.db, (tx) => commit(site, tx, steps));
  announce(site, steps);
}
