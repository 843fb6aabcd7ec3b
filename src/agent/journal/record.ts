import { bisect } from '../../base/bisect.ts';
import { isRefusal } from '../../database/refusal.ts';
import { type Change, weigh } from '../brake/weigh.ts';
import { type DiskState } from '../fs/disk-state.ts';
import { factOf } from '../fs/lstat.ts';
import { MODE_MASK, modeRule } from '../fs/modes.ts';
import { keepsLocalChanges } from '../site/receives.ts';
import type { Site } from '../site/site.ts';
import { loadFamilies } from '../store/family.ts';
import { type Head, loadHeads } from '../store/head.ts';
import { entryBefore, type Held } from '../store/held.ts';
import { type IndexEntry, isUnversioned, loadIndex, UNVERSIONED } from '../store/index-entry.ts';
import type { PathRef } from '../store/path-ref.ts';
import { sameContent, sameId, type Version, type VersionId } from '../versions/version.ts';
import { type Classification, classify, type DiskObservation } from './classify.ts';
import { contentsInRows, type SmallContent } from './contents-in-rows.ts';
import { markDamaged, type Suspect } from './mark-damaged.ts';
import { journalOwn } from './own.ts';
import { lossOf } from './power-cut.ts';
import { rivalsOf } from './settle.ts';

/**
 * Journals what was found on this disk. Returns the paths that must be observed again because the index has changed. What
 * the database refuses is recorded in `site.store.refused`, and stops nothing else. Takes the site's lock.
 */
export async function record(site: Site, observations: DiskObservation[]): Promise<PathRef[]> {
  const recordPart = async (part: DiskObservation[]) => {
    const again = await site.store.lock(() => recordLocked(site, part));
    site.store.refused.clear(part.map(({ ref }) => ref));
    return again;
  };
  const refuse = ({ ref }: DiskObservation, error: Error) => {
    if (!site.store.refused.has(ref))
      site.log.error({ folder: ref.folder, err: error }, 'a change cannot be journaled; it waits');
    site.store.refused.note(ref, error.message);
  };
  return (await bisect(observations, recordPart, isRefusal, refuse)).flat();
}

async function recordLocked(site: Site, observations: DiskObservation[]): Promise<PathRef[]> {
  const refs = observations.map((s) => s.ref);
  const [index, heads] = [await loadIndex(site.store.db, refs), await loadHeads(site.store.db, refs)];
  const past = await pastStates(site, observations, heads);
  const held = await site.store.brake.at(refs);
  const again: PathRef[] = [];
  const versions: Version[] = [];
  const entries: IndexEntry[] = [];
  const gone: PathRef[] = [];
  const wanted: Head[] = [];
  const small: SmallContent[] = [];
  const me = site.plan.site;
  const now = site.now();
  let { seq, clock } = site.store.counters;
  const released: PathRef[] = [];
  const lost: Suspect[] = [];
  const news: (Change & { observation: DiskObservation; classified: Extract<Classification, { is: 'new' }> })[] = [];
  for (const observation of observations) {
    const { ref, against } = observation;
    const current = index.get(ref.id);
    if (!isSameEntry(current, against)) {
      again.push(ref);
      continue;
    }
    const head = heads.get(ref.id);
    // It may have been placed for another site, observed before the index had it, and since been deleted for another site.
    if (!current && head?.kind === 'deleted' && !isStillThere(site, observation)) {
      again.push(ref);
      continue;
    }
    const what = current && !observation.approved ? lossOf(site.store.powerCut, current, observation.state) : undefined;
    if (current && what) {
      lost.push({ entry: current, what, ...(observation.state && { state: observation.state }) });
      continue;
    }
    const before = held.get(ref.id);
    if (current && !observation.state && !observation.approved && site.rejoining.has(ref.folder)) {
      gone.push(ref);
      if (before) released.push(ref);
      if (head && head.kind !== 'deleted') wanted.push(head);
      continue;
    }
    const from = before ? entryBefore(before) : against;
    const rule = modeRule(site.folders.get(ref.folder)?.plan);
    const classified = classify({ ...observation, against: from }, head, past.get(ref.id), rule);
    if (classified.is === 'new') {
      const isByPerson = observation.approved === true || site.store.authors.of(ref) !== undefined;
      news.push({ observation, from, head, before, isByPerson, classified });
    } else if (before && classified.is !== 'nothing') released.push(ref);
    if (classified.is === 'known') entries.push(classified.entry);
    if (classified.is === 'gone') gone.push(ref);
    if (classified.is === 'past') {
      entries.push(classified.entry);
      wanted.push(head!);
    }
    if (classified.is === 'head') {
      const entry = entryForHead(classified.entry, head!);
      entries.push(entry);
      if (isUnversioned(entry)) wanted.push(head!);
    }
  }
  const waiting = new Map(
    [...Map.groupBy(news, ({ observation }) => observation.ref.folder)].flatMap(([folder, group]) =>
      keepsLocalChanges(site, folder) ? [] : [...weighAll(site, folder, group)],
    ),
  );
  for (const { observation, head, before, classified } of news) {
    const { ref, state } = observation;
    if (waiting.has(ref.id)) {
      if (state) entries.push(entryFrom(ref, state, UNVERSIONED));
      else gone.push(ref);
      continue;
    }
    if (before) released.push(ref);
    if (keepsLocalChanges(site, ref.folder)) {
      if (state) entries.push(entryFrom(ref, state, UNVERSIONED));
      else gone.push(ref);
      if (head && head.kind !== 'deleted') wanted.push(head);
      site.log.warn({ folder: ref.folder }, 'a change in a receive-only folder is not shared');
      continue;
    }
    seq += 1;
    clock += 1;
    const rivals = classified.mergesRivals ? await rivalsOf(site, ref, head!) : [];
    const author = site.store.authors.of(ref) ?? me;
    versions.push({ ...classified.version, origin: me, seq, clock, author, detectedAt: now, merges: rivals });
    if (!state) gone.push(ref);
    else entries.push(entryFrom(ref, state, { origin: me, seq }));
    if (state?.content && state.sha256) small.push(smallContent(seq, observation, state.content, state.sha256, head));
  }
  for (const [name, group] of Map.groupBy(lost, ({ entry }) => entry.ref.folder)) {
    const folder = site.folders.get(name);
    if (folder) await markDamaged(site, folder, group);
  }
  await journalOwn(site, {
    versions,
    entries,
    gone,
    contents: await contentsInRows(site, small),
    wanted,
    clock,
    waiting: [...waiting.values()],
    released,
  });
  return again;
}

function smallContent(
  seq: number,
  { ref, against, adopt }: DiskObservation,
  bytes: Buffer,
  sha256: Buffer,
  head: Head | undefined,
): SmallContent {
  const hasBasis = head?.kind === 'file' && against?.kind === 'file' && against.size > 0;
  return { seq, ref, bytes, sha256, hasPast: head !== undefined, hasBasis, ...(adopt && { adopt }) };
}

/** What the brake holds back of the changes in an open folder. */
function weighAll(site: Site, folder: string, changes: Change[]): Map<string, Held> {
  const plan = site.folders.get(folder)?.plan;
  if (!plan) return new Map();
  return weigh(site.store.brake, plan, changes, { now: site.now(), monotonic: site.monotonic() });
}

/** Whether what was seen is on disk now, as far as that can be known. */
function isStillThere({ folders }: Site, { ref, state }: DiskObservation): boolean {
  const folder = folders.get(ref.folder);
  if (!state) return true;
  try {
    const fact = folder && factOf(folder, ref.path);
    return fact?.ino === state.ino && (state.kind === 'dir' || fact.ctimeNs === state.ctimeNs);
  } catch {
    return false;
  }
}

/**
 * Whether the index still has the entry that an observation was compared with. The same version is not enough: what was
 * seen to be gone may have been restored since, for example by a rejection, and is another file by its inode. Pure.
 */
export function isSameEntry(current: IndexEntry | undefined, against: IndexEntry | undefined): boolean {
  if (!current || !against) return current === against;
  const isSameFile = current.ino === against.ino && current.ctimeNs === against.ctimeNs;
  return sameId(current, against) && (isSameFile || current.kind === 'dir');
}

/**
 * The index entry for a file that equals the head's content. If times or mode differ it has the id of no version: the next
 * step then sees equal content with other metadata, and corrects only those.
 */
function entryForHead(entry: IndexEntry, head: Head): IndexEntry {
  const differs = entry.mode !== head.mode || (entry.kind !== 'dir' && entry.mtimeNs !== head.mtimeNs);
  return differs && entry.kind !== 'symlink' ? { ...entry, ...UNVERSIONED } : entry;
}

function entryFrom(ref: PathRef, state: DiskState, id: VersionId): IndexEntry {
  const { kind, size, mtimeNs, ctimeNs, ino, sha256 } = state;
  return { ref, ...id, kind, size, mtimeNs, ctimeNs, ino, mode: state.mode & MODE_MASK, ...(sha256 && { sha256 }) };
}

/**
 * While a folder is adopted: paths whose state is one that the network knows but has moved on from, with that version. Such
 * a file was not edited here; it is updated like any other. An existing index may be older than the tree, or the tree older
 * than the index.
 */
async function pastStates(
  site: Site,
  observations: DiskObservation[],
  heads: Map<string, Head>,
): Promise<Map<string, VersionId>> {
  const suspects = observations.filter(({ ref, state, adopt }) => {
    const head = heads.get(ref.id);
    return adopt && state && head && !sameContent(head, state);
  });
  const families = await loadFamilies(
    site.store.db,
    site,
    suspects.map(({ ref }) => ref),
  );
  const past = new Map<string, VersionId>();
  for (const { ref, state } of suspects) {
    const old = families.get(ref.id)?.filter((version) => sameContent(version, state!)) ?? [];
    const newest = old.toSorted((a, b) => b.clock - a.clock)[0];
    if (newest) past.set(ref.id, newest);
  }
  return past;
}
