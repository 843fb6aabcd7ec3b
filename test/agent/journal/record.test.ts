import { describe, expect, it } from 'vitest';
import { type DiskState } from '../../../src/agent/fs/disk-state.ts';
import { classify } from '../../../src/agent/journal/classify.ts';
import { isSameEntry } from '../../../src/agent/journal/record.ts';
import type { Head } from '../../../src/agent/store/head.ts';
import { type IndexEntry, UNVERSIONED } from '../../../src/agent/store/index-entry.ts';
import { refOf } from '../../../src/agent/store/path-ref.ts';

const ref = refOf('projects', 'a.txt');
const ONE = Buffer.alloc(32, 1);
const TWO = Buffer.alloc(32, 2);
const disk = (sha256: Buffer, over: Partial<DiskState> = {}): DiskState => ({
  kind: 'file',
  size: 3,
  mtimeNs: 10n,
  ctimeNs: 20n,
  ino: 30n,
  mode: 0o644,
  sha256,
  ...over,
});
const index = (sha256: Buffer, over: Partial<IndexEntry> = {}): IndexEntry => ({
  ref,
  origin: 'brazil',
  seq: 1,
  ...(disk(sha256) as Required<Omit<DiskState, 'target' | 'content'>>),
  ...over,
});
const head = (sha256: Buffer, over: Partial<Head> = {}): Head => ({
  ref,
  origin: 'spain',
  seq: 7,
  kind: 'file',
  size: 3,
  mtimeNs: 10n,
  mode: 0o644,
  sha256,
  clock: 5,
  rivals: 0,
  ...over,
});

describe('a finding on the disk', () => {
  it('is known when only inode and ctime differ from the index', () => {
    const meaning = classify({ ref, against: index(ONE), state: disk(ONE, { ino: 31n, ctimeNs: 21n }) }, head(TWO));
    expect(meaning).toMatchObject({ is: 'known', entry: { origin: 'brazil', seq: 1, ino: 31n } });
  });

  it('is an edit of what its author had on disk, not of the head', () => {
    const meaning = classify({ ref, against: index(ONE), state: disk(TWO, { mtimeNs: 11n }) }, head(ONE));
    expect(meaning).toMatchObject({ is: 'new', version: { base: { origin: 'brazil', seq: 1 } }, mergesRivals: false });
  });

  it('is the head when the same change was made here and there', () => {
    const meaning = classify({ ref, against: index(ONE), state: disk(TWO) }, head(TWO));
    expect(meaning).toMatchObject({ is: 'head', entry: { origin: 'spain', seq: 7 } });
  });

  it('is the head on the first pass over a tree, whatever its times', () => {
    const meaning = classify({ ref, against: undefined, state: disk(ONE, { mtimeNs: 99n }) }, head(ONE));
    expect(meaning).toMatchObject({ is: 'head', entry: { mtimeNs: 99n } });
  });

  it('is a new file without base where nothing was; after a deletion the deletion is its base', () => {
    const fresh = classify({ ref, against: undefined, state: disk(ONE) }, undefined);
    expect(fresh).toMatchObject({ is: 'new' });
    expect(fresh).not.toHaveProperty('version.base');
    const again = classify({ ref, against: undefined, state: disk(ONE) }, head(ONE, { kind: 'deleted' }));
    expect(again).toMatchObject({ is: 'new', version: { base: { origin: 'spain', seq: 7 } } });
  });

  it('is an old version while the folder is adopted', () => {
    const past = { origin: 'germany', seq: 3 };
    expect(classify({ ref, against: undefined, state: disk(ONE) }, head(TWO), past)).toMatchObject({
      is: 'past',
      entry: past,
    });
  });

  it('merges rivals only when it was made from the head', () => {
    const rivals = head(ONE, { origin: 'brazil', seq: 1, rivals: 2 });
    const onTop = classify({ ref, against: index(ONE), state: disk(TWO) }, rivals);
    expect(onTop).toMatchObject({ is: 'new', mergesRivals: true });
    const aside = classify({ ref, against: index(ONE, { seq: 2 }), state: disk(TWO) }, rivals);
    expect(aside).toMatchObject({ is: 'new', mergesRivals: false });
  });

  it('is a deletion when it was indexed and is gone, and nothing when it was not', () => {
    expect(classify({ ref, against: index(ONE) }, head(ONE))).toMatchObject({
      is: 'new',
      version: { kind: 'deleted', base: { origin: 'brazil', seq: 1 } },
    });
    expect(classify({ ref, against: undefined }, head(ONE))).toEqual({ is: 'nothing' });
  });

  it('is nothing new when it is gone and deleted everywhere', () => {
    expect(classify({ ref, against: index(ONE) }, head(ONE, { kind: 'deleted' }))).toEqual({ is: 'gone' });
  });

  it('is the head while the folder is adopted, whatever its times, even if an older version is indexed', () => {
    const meaning = classify({ ref, against: index(ONE), state: disk(TWO, { mtimeNs: 99n }), adopt: true }, head(TWO));
    expect(meaning).toMatchObject({ is: 'head', entry: { origin: 'spain', seq: 7, mtimeNs: 99n } });
  });

  it('never has a base that does not exist', () => {
    const meaning = classify({ ref, against: index(ONE, UNVERSIONED), state: disk(TWO) }, head(ONE));
    expect(meaning).toMatchObject({ is: 'new', version: { base: { origin: 'spain', seq: 7 } } });
  });

  it.each([
    ['mode', { mode: 0o755 }],
    ['mtime', { mtimeNs: 11n }],
  ])('is an edit when only its %s changed', (_, change) => {
    expect(classify({ ref, against: index(ONE), state: disk(ONE, change) }, index(ONE) as never)).toMatchObject({
      is: 'new',
      version: change,
    });
  });
});

describe('what an observation was compared with', () => {
  it('is outdated when the same version was restored meanwhile: a late "it is gone" must not delete it again', () => {
    const seenGone = index(ONE);
    expect(isSameEntry(index(ONE), seenGone)).toBe(true);
    // Held as a deletion: no entry. Rejected: the same version is there again, in another file.
    expect(isSameEntry(undefined, seenGone)).toBe(false);
    expect(isSameEntry(index(ONE, { ino: 31n, ctimeNs: 21n }), seenGone)).toBe(false);
    expect(isSameEntry(index(ONE, { ctimeNs: 21n }), seenGone)).toBe(false);
  });

  it('is unchanged for a directory, whose inode and times are local', () => {
    const dir = index(ONE, { kind: 'dir' });
    expect(isSameEntry(index(ONE, { kind: 'dir', ctimeNs: 21n }), dir)).toBe(true);
    expect(isSameEntry(index(ONE, { kind: 'dir', seq: 2 }), dir)).toBe(false);
  });
});
