import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refOf } from '../../../src/agent/store/path-ref.ts';
import type { Pending } from '../../../src/agent/store/pending.ts';
import { type Job, LARGE, laneOf, nextJobs, sizeLimits } from '../../../src/agent/transfer/schedule.ts';

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

const rates = fc.constantFrom(undefined, 8000, 64_000, 1.25e6);
const isLarge = (size: number, rate: number | undefined) => size > sizeLimits(rate).large;

/** What may run already: jobs are started one after another, by the same rules. */
const scene = fc
  .tuple(wanted, wanted, wanted, rates, fc.constantFrom('small', 'large'))
  .map(([first, second, due, rate, ends]) => {
    const rateOf = () => rate;
    const begun = nextJobs(first, [], rateOf).filter((job) => !laneOf(job).endsWith(ends));
    return { due, rate, rateOf, running: [...begun, ...nextJobs(second, begun, rateOf)] };
  });

describe('the jobs that start now', () => {
  it('fetch a content once, however many paths want it, and fetch it for another one if that failed', () => {
    const hash = (n: number) => Buffer.alloc(32, n);
    const copies = fc.array(fc.record({ content: fc.nat(5), peer: fc.constantFrom('germany', 'australia') }), {
      minLength: 1,
      maxLength: 50,
    });
    fc.assert(
      fc.property(copies, fc.boolean(), (files, areLarge) => {
        const due = files.map(({ content, peer }, i) => {
          const head = { ref: refOf('f', `${i}`), size: areLarge ? LARGE * 2 : 1000, sha256: hash(content) };
          return { peer, item: { head } as Pending };
        });
        const contents = (jobs: Job[]) => jobs.flatMap(({ items }) => items.map(({ head }) => head.sha256![0]!));
        const jobs = nextJobs(due, [], () => undefined);
        const once = contents(jobs);
        expect(new Set(once).size).toBe(once.length);
        if (!areLarge) expect(new Set(once)).toEqual(new Set(files.map(({ content }) => content)));
        const meanwhile = contents(nextJobs(due, jobs, () => undefined));
        expect(meanwhile.filter((content) => once.includes(content))).toEqual([]);
        const [done] = jobs;
        const rest = due.filter(({ item }) => !done!.items.includes(item));
        const failed = contents([done!])[0]!;
        if (rest.some(({ item, peer }) => item.head.sha256![0] === failed && peer === done!.peer))
          expect(contents(nextJobs(rest, jobs.slice(1), () => undefined)).length).toBeGreaterThan(0);
      }),
    );
  });

  it('are at most one per free lane, of one folder, and never combine a large file with another', () => {
    fc.assert(
      fc.property(scene, ({ due, rate, rateOf, running }) => {
        const jobs = nextJobs(due, running, rateOf);
        const lanes = [...running, ...jobs].map(laneOf);
        expect(new Set(lanes).size).toBe(lanes.length);
        for (const job of jobs) {
          expect(new Set(job.items.map(({ head }) => head.ref.folder))).toEqual(new Set([job.folder]));
          if (job.large) expect(job.items).toHaveLength(1);
          expect(job.items.every(({ head }) => isLarge(head.size, rate) === job.large)).toBe(true);
          expect(job.items.length).toBeLessThanOrEqual(400);
        }
      }),
    );
  });

  it('leave no lane idle while work is due, and start with what was wanted first', () => {
    fc.assert(
      fc.property(wanted, rates, (due, rate) => {
        const jobs = new Map(nextJobs(due, [], () => rate).map((job) => [laneOf(job), job]));
        for (const [lane, group] of Map.groupBy(due, ({ peer, item }) =>
          laneOf({ peer, large: isLarge(item.head.size, rate) }),
        ))
          expect(jobs.get(lane)?.items[0]).toBe(group[0]!.item);
      }),
    );
  });

  it('take together at most four fifths of a link with a rate limit, and are not limited otherwise', () => {
    fc.assert(
      fc.property(scene, ({ due, rate, rateOf, running }) => {
        const all = [...running, ...nextJobs(due, running, rateOf)];
        for (const group of Map.groupBy(all, ({ peer }) => peer).values()) {
          const taken = group.map(({ bytesPerSecond }) => bytesPerSecond);
          if (rate === undefined) expect(taken.every((one) => one === undefined)).toBe(true);
          else expect(taken.reduce((sum: number, one) => sum + one!, 0)).toBeLessThanOrEqual(rate * 0.8 + 1e-6);
        }
      }),
    );
  });

  it('let a large file start as soon as the batch that had the link to itself has ended, and small files at any time', () => {
    fc.assert(
      fc.property(scene, ({ due, rate, rateOf, running }) => {
        const jobs = nextJobs(due, running, rateOf);
        for (const peer of new Set(due.map((one) => one.peer))) {
          const lanes = due.filter((one) => one.peer === peer).map(({ item }) => isLarge(item.head.size, rate));
          const runs = (list: Job[], large: boolean) => list.some((job) => job.peer === peer && job.large === large);
          if (lanes.includes(false)) expect(runs([...running, ...jobs], false)).toBe(true);
          if (lanes.includes(true) && !runs(running, false)) expect(runs([...running, ...jobs], true)).toBe(true);
        }
      }),
    );
  });

  it('delay the next ones by no more than half a minute on a slow link', () => {
    fc.assert(
      fc.property(wanted, fc.constantFrom(8000, 64_000), (due, rate) => {
        for (const { large, items } of nextJobs(due, [], () => rate))
          if (!large) expect(items.reduce((sum, { head }) => sum + head.size, 0) / rate).toBeLessThanOrEqual(30);
      }),
    );
  });
});
