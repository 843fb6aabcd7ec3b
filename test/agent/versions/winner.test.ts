import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, headOfFamily } from '../../../src/agent/journal/advance.ts';
import { refOf } from '../../../src/agent/store/path-ref.ts';
import { formatId, type Version } from '../../../src/agent/versions/version.ts';
import { descendsFrom, headsOf } from '../../../src/agent/versions/winner.ts';

const SITES = ['brazil', 'germany', 'spain'];

/** A history of one path as sites could really create it: every version's base is one that its author had seen. */
const history = fc
  .array(
    fc.record({
      site: fc.nat(2),
      base: fc.option(fc.nat(20), { nil: undefined }),
      kind: fc.constantFrom('file' as const, 'dir' as const, 'deleted' as const),
      merge: fc.boolean(),
    }),
    {
      minLength: 1,
      maxLength: 12,
    },
  )
  .map((steps) => {
    const made: Version[] = [];
    for (const [i, step] of steps.entries()) {
      const base = step.base === undefined || made.length === 0 ? undefined : made[step.base % made.length];
      const rivals = step.merge && base ? headsOf(made).filter((v) => v !== base) : [];
      made.push({
        origin: SITES[step.site]!,
        seq: i + 1,
        folder: 'f',
        path: 'p',
        kind: step.kind,
        size: 1,
        mtimeNs: 0n,
        mode: 0o644,
        merges: rivals.map(({ origin, seq }) => ({ origin, seq })),
        ...(base && { base: { origin: base.origin, seq: base.seq } }),
        clock: Math.max(0, base?.clock ?? 0, ...rivals.map((r) => r.clock)) + 1,
        author: 'a',
        detectedAt: 0,
      });
    }
    return made;
  });

describe('heads', () => {
  it('do not depend on the order in which versions arrive', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.nat()), (versions, random) => {
        const shuffled = versions.map((v) => ({ v, key: random.next().value ?? 0 })).sort((a, b) => a.key - b.key);
        expect(headsOf(shuffled.map(({ v }) => v)).map(formatId)).toEqual(headsOf(versions).map(formatId));
      }),
    );
  });

  it('the incremental algorithm agrees with the complete one, in any order of arrival', () => {
    fc.assert(
      fc.property(history, (versions) => {
        const ref = refOf('f', 'p');
        const seen: Version[] = [];
        let head = undefined as ReturnType<typeof headOfFamily>;
        for (const version of versions) {
          seen.push(version);
          head = advance(ref, head, version) ?? headOfFamily(ref, seen);
          const whole = headOfFamily(ref, seen);
          expect(head && formatId(head)).toBe(whole && formatId(whole));
          expect(head?.rivals).toBe(whole?.rivals);
        }
      }),
    );
  });

  it('a deletion wins only when nothing else is a head', () => {
    fc.assert(
      fc.property(history, (versions) => {
        const heads = headsOf(versions);
        if (heads[0]!.kind === 'deleted') expect(heads.every((h) => h.kind === 'deleted')).toBe(true);
      }),
    );
  });

  it('follows bases, not merges, to find what an author had on disk', () => {
    const [a, b, c] = ['brazil', 'spain', 'germany'].map((origin, i) => ({
      origin,
      seq: 1,
      kind: 'file' as const,
      clock: i + 1,
      merges: [],
    }));
    const d = { ...a!, seq: 2, clock: 9, base: { origin: 'spain', seq: 1 }, merges: [{ origin: 'germany', seq: 1 }] };
    const byId = new Map([a!, b!, c!, d].map((v) => [formatId(v), v]));
    expect(descendsFrom(d, b!, byId)).toBe(true);
    expect(descendsFrom(d, c!, byId)).toBe(false);
  });
});
