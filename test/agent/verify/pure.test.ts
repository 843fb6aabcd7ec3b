import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify } from '../../../src/agent/journal/classify.ts';
import { damagedId, type IndexEntry, isDamaged } from '../../../src/agent/store/index-entry.ts';
import { refOf } from '../../../src/agent/store/path-ref.ts';
import { isDue, isWaiting, rateFor } from '../../../src/agent/verify/budget.ts';
import { judge, judgeArchived } from '../../../src/agent/verify/judge.ts';
import { within } from '../../../src/agent/verify/round.ts';
import { periodSeconds } from '../../../src/api/quantity.ts';

const DAY = 86_400;
const ref = refOf('projects', 'a.txt');
const GOOD = Buffer.alloc(32, 1);
const BAD = Buffer.alloc(32, 2);
const stats = { kind: 'file' as const, size: 3, mtimeNs: 10n, ctimeNs: 20n, ino: 30n, mode: 0o644 };
const entry: IndexEntry = { ref, origin: 'brazil', seq: 1, ...stats, sha256: GOOD };
const fact = { path: 'a.txt', ...stats };

describe('the budget', () => {
  it('reads ten terabytes within half of 30 days, and small folders at a megabyte per second or more', () => {
    expect(rateFor(1e13, 30 * DAY)).toBeCloseTo(1e13 / (15 * DAY), -1);
    expect(rateFor(1e6, 30 * DAY)).toBe(1_000_000);
  });

  it('reads everything within the period whatever its size', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 50 }), fc.integer({ min: 1, max: 36_500 * DAY }), (bytes, every) => {
        expect(bytes / rateFor(bytes, every)).toBeLessThanOrEqual(every / 2);
      }),
    );
  });

  it('starts a round in time, and again if the clock was in the future at the last one', () => {
    const now = 1_000 * DAY * 1000;
    const begun = (days: number) => ({ started: now - days * DAY * 1000 });
    expect(isDue(begun(20), 30 * DAY, now)).toBe(false);
    expect(isDue(begun(27), 30 * DAY, now)).toBe(true);
    expect(isDue(begun(-400), 30 * DAY, now)).toBe(true);
  });

  it('yields to users while the round is on time, but not when it is late', () => {
    const begun = { started: 0 };
    const now = (part: number) => 30 * DAY * 1000 * part;
    expect(isWaiting(false, 0, begun, 30 * DAY, now(0))).toBe(false);
    expect(isWaiting(true, 0, begun, 30 * DAY, now(0.4))).toBe(true);
    expect(isWaiting(true, 0.7, begun, 30 * DAY, now(0.6))).toBe(true);
    expect(isWaiting(true, 0.5, begun, 30 * DAY, now(0.6))).toBe(false);
  });

  it('takes at least one file at a time', () => {
    expect(within([{ size: 100 }, { size: 1 }], 10)).toEqual([{ size: 100 }]);
    expect(within([{ size: 5 }, { size: 5 }, { size: 1 }], 10)).toHaveLength(2);
    expect(within([], 10)).toEqual([]);
  });

  it('can be disabled', () => {
    expect(['off', '0', '0d', '30d'].map(periodSeconds)).toEqual([undefined, undefined, undefined, 30 * DAY]);
  });
});

describe('damage', () => {
  it('is different content where size, times and inode match the index', () => {
    expect(judge(entry, { is: 'read', fact, sha256: GOOD })).toEqual({ is: 'good' });
    expect(judge(entry, { is: 'read', fact, sha256: BAD })).toEqual({ is: 'damaged', what: 'rot', found: BAD });
    expect(judge(entry, { is: 'unreadable', fact, reason: 'EIO' })).toEqual({ is: 'damaged', what: 'unreadable' });
  });

  it.each([{ size: 4 }, { mtimeNs: 11n }, { ctimeNs: 21n }, { ino: 31n }])(
    'is not what somebody wrote: %o',
    (other) => {
      expect(judge(entry, { is: 'read', fact: { ...fact, ...other }, sha256: BAD })).toEqual({ is: 'look' });
    },
  );

  it('is not what is gone, changing, or inaccessible', () => {
    expect(judge(entry, { is: 'gone' })).toEqual({ is: 'look' });
    expect(judge(entry, { is: 'changing' })).toEqual({ is: 'look' });
    expect(judge(entry, { is: 'failed', reason: 'EACCES' })).toEqual({ is: 'unknown', reason: 'EACCES' });
  });

  it('in the archive is anything whose content does not match its name', () => {
    expect(judgeArchived(GOOD, { is: 'read', fact, sha256: GOOD })).toEqual({ is: 'good' });
    expect(judgeArchived(GOOD, { is: 'read', fact, sha256: BAD })).toMatchObject({ is: 'damaged', what: 'rot' });
    expect(judgeArchived(GOOD, { is: 'gone' })).toEqual({ is: 'damaged', what: 'lost' });
  });
});

describe('damaged content', () => {
  const damaged: IndexEntry = { ...entry, ...damagedId(1234), sha256: BAD };
  const head = { ref, origin: 'brazil', seq: 1, ...stats, sha256: GOOD, clock: 5, rivals: 0 };

  it('is not an edit, whatever its times and mode become', () => {
    const state = { ...stats, ctimeNs: 99n, mtimeNs: 98n, mode: 0o600, sha256: BAD };
    const meaning = classify({ ref, against: damaged, state }, head);
    expect(meaning).toMatchObject({ is: 'known', entry: { origin: '', ctimeNs: 99n } });
    expect(meaning.is === 'known' && isDamaged(meaning.entry)).toBe(true);
  });

  it('is edited from the version that it was', () => {
    const state = { ...stats, ctimeNs: 99n, sha256: Buffer.alloc(32, 3) };
    expect(classify({ ref, against: damaged, state }, head)).toMatchObject({
      is: 'new',
      version: { base: { origin: 'brazil', seq: 1 } },
    });
  });
});
