import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Pending } from '../../../src/agent/journal/pending.ts';
import { refOf } from '../../../src/agent/journal/store.ts';
import { LARGE, laneOf, nextJobs } from '../../../src/agent/transfer/schedule.ts';

const wanted = fc
  .array(
    fc.record({
      peer: fc.constantFrom('germany', 'australia'),
      folder: fc.constantFrom('f', 'g'),
      size: fc.oneof(fc.nat(100_000), fc.integer({ min: 1_000_000, max: LARGE * 3 })),
    }),
    { maxLength: 1000 },
  )
  .map((files) =>
    files.map(({ peer, folder, size }, i) => ({
      peer,
      item: { head: { ref: refOf(folder, `${i}`), size } } as Pending,
    })),
  );

describe('the jobs that start now', () => {
  it('are at most one for each free lane, of one folder, and never hold a large file together with another', () => {
    fc.assert(
      fc.property(wanted, fc.subarray(['germany/small', 'germany/large', 'australia/small']), (due, busy) => {
        const jobs = nextJobs(due, new Set(busy));
        const lanes = jobs.map(laneOf);
        expect(new Set(lanes).size).toBe(lanes.length);
        for (const job of jobs) {
          expect(busy).not.toContain(laneOf(job));
          expect(new Set(job.items.map(({ head }) => head.ref.folder))).toEqual(new Set([job.folder]));
          if (job.large) expect(job.items).toHaveLength(1);
          expect(job.items.every(({ head }) => head.size > LARGE === job.large)).toBe(true);
          expect(job.items.length).toBeLessThanOrEqual(400);
        }
      }),
    );
  });

  it('leave no free lane without work that is due, and begin with what was wanted first', () => {
    fc.assert(
      fc.property(wanted, (due) => {
        const jobs = new Map(nextJobs(due, new Set()).map((job) => [laneOf(job), job]));
        for (const [lane, group] of Map.groupBy(due, ({ peer, item }) =>
          laneOf({ peer, large: item.head.size > LARGE }),
        ))
          expect(jobs.get(lane)?.items[0]).toBe(group[0]!.item);
      }),
    );
  });
});
