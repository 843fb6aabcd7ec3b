import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { HeldChange } from '../../../src/web/contract/held.ts';
import { heldRowsAt } from '../../../src/web/ui/lib/held-tree.ts';

const held = (path: string, kind: HeldChange['kind'] = 'deleted', of: 'file' | 'dir' = 'file'): HeldChange => ({
  path,
  name: path.slice(path.lastIndexOf('/') + 1),
  kind,
  before: { kind: of, size: of === 'dir' ? 0 : 10, mtime: '2026-11-26T00:00:00Z', version: 'brazil.1' },
  after: null,
  since: '2026-11-26T04:00:00Z',
});

describe('held changes, directory by directory', () => {
  it('sums up the contents of a directory, which includes itself when it is deleted', () => {
    const changes = [held('a', 'deleted', 'dir'), held('a/b/c'), held('a/d', 'overwritten'), held('e')];
    expect(
      heldRowsAt(changes, '').map((row) => [row.path, row.isDirectory, row.deletions, row.overwrites, row.bytes]),
    ).toEqual([
      ['a', true, 2, 1, 20],
      ['e', false, 1, 0, 10],
    ]);
    expect(heldRowsAt(changes, 'a').map((row) => row.path)).toEqual(['a/b', 'a/d']);
    expect(heldRowsAt(changes, 'a/b').map((row) => row.path)).toEqual(['a/b/c']);
    expect(heldRowsAt(changes, 'nowhere')).toEqual([]);
  });

  it('shows every change in exactly one row of every parent directory, in any order of arrival', () => {
    const names = fc.array(fc.constantFrom('a', 'b', 'ab', '%2F', 'a.b'), { minLength: 1, maxLength: 4 });
    const paths = fc.uniqueArray(
      names.map((parts) => parts.join('/')),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(paths, (all) => {
        const changes = all.map((path) => held(path));
        expect(heldRowsAt(changes, '').reduce((sum, row) => sum + row.deletions, 0)).toBe(all.length);
        for (const row of heldRowsAt(changes, '')) {
          const below = all.filter((path) => path === row.path || path.startsWith(`${row.path}/`));
          expect(row.deletions).toBe(below.length);
        }
      }),
    );
  });
});
