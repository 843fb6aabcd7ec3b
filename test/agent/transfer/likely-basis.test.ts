import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mostSimilar, SIMILAR_FACTOR, SIMILAR_MIN } from '../../../src/agent/transfer/likely-basis.ts';

const MB = 2 ** 20;
const file = (path: string, size = MB) => ({ path, size });

describe('the most similar file of a directory', () => {
  it('has the extension and the longest beginning and end of the name in common', () => {
    const others = [file('p/plan.dwg'), file('p/roof v1.dwg'), file('p/roof v2.pdf')];
    expect(mostSimilar(file('p/roof v2.dwg'), others)?.path).toBe('p/roof v1.dwg');
  });

  it('is the nearest in size where names say nothing', () => {
    expect(mostSimilar(file('a.bin'), [file('c.bin', 1.9 * MB), file('b.bin', 1.1 * MB)])?.path).toBe('b.bin');
  });

  it('is none when all are small, of quite another size, or of another kind', () => {
    const others = [file('b.bin', SIMILAR_MIN - 1), file('c.bin', 3 * MB), file('d.txt')];
    expect(mostSimilar(file('a.bin'), others)).toBeUndefined();
    expect(mostSimilar(file('a.bin', SIMILAR_MIN - 1), [file('b.bin', SIMILAR_MIN)])).toBeUndefined();
  });

  it('is one of those that were offered, whatever they are called', () => {
    const some = fc.record({ path: fc.string({ minLength: 1 }), size: fc.nat(8 * MB) });
    fc.assert(
      fc.property(some, fc.array(some), (wanted, others) => {
        const best = mostSimilar(wanted, others);
        if (!best) return;
        expect(others).toContain(best);
        expect(Math.max(best.size, wanted.size)).toBeLessThanOrEqual(SIMILAR_FACTOR * Math.min(best.size, wanted.size));
      }),
    );
  });
});
