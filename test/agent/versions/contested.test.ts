import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { editIn, isContested, isSettled } from '../../../src/agent/versions/contested.ts';
import { formatId, type Version, type VersionId } from '../../../src/agent/versions/version.ts';

const version = (
  origin: string,
  seq: number,
  content: string | undefined,
  base?: VersionId,
  more: Partial<Version> = {},
): Version => ({
  origin,
  seq,
  folder: 'f',
  path: 'p',
  kind: content === undefined ? 'deleted' : 'file',
  size: content?.length ?? 0,
  mtimeNs: 0n,
  mode: 0o644,
  merges: [],
  clock: seq,
  author: origin,
  detectedAt: 0,
  ...(content !== undefined && { sha256: hash('sha256', content, 'buffer') }),
  ...(base && { base }),
  ...more,
});

const start = version('brazil', 1, 'start');
const lost = version('brazil', 2, 'of brazil', start);
const won = version('spain', 2, 'of spain', start);
const said = version('germany', 1, 'of spain', won, { merges: [lost], clock: won.clock });
const copy = version('brazil', 3, 'of brazil');

describe('a path is contested', () => {
  it('while there are concurrent edits', () => {
    expect(isContested([start, lost, won])).toBe(true);
    expect(isContested([start])).toBe(false);
  });

  it('but not by what leaves no choice: a deletion, the same content twice, a restatement of a base', () => {
    expect(isContested([start, won, version('brazil', 2, undefined, start)])).toBe(false);
    expect(isContested([start, won, version('brazil', 2, 'of spain', start)])).toBe(false);
    const on = version('spain', 9, 'edited on', won, { merges: [lost] });
    expect(isContested([start, lost, won, said, on])).toBe(false);
    expect(isContested([start, lost, won, said, version('brazil', 4, 'of spain', won, { merges: [lost] })])).toBe(
      false,
    );
  });

  it('again when another edit is heard of that nobody has seen', () => {
    expect(isContested([start, lost, won, said, version('chile', 7, 'of chile', start)])).toBe(true);
  });
});

describe('a conflict is over', () => {
  it('when the copy is gone or somebody restated the file', () => {
    expect(isSettled(lost, [start, lost, won], [copy])).toBe(false);
    expect(isSettled(lost, [start, lost, won], [])).toBe(false);
    expect(isSettled(lost, [start, lost, won], [copy, version('spain', 5, undefined, copy)])).toBe(true);
    expect(isSettled(lost, [start, lost, won, said], [copy])).toBe(true);
  });

  it('but not by a mere edit, nor by a restatement of another one', () => {
    const on = version('spain', 9, 'edited on', won, { merges: [lost] });
    expect(isSettled(lost, [start, lost, won, on], [copy])).toBe(false);
    expect(isSettled(version('chile', 7, 'x', start), [start, lost, won, said], [copy])).toBe(false);
  });
});

it('versions that name each other as base, as only an attacker would create, end the search', () => {
  const a = version('evil', 1, 'x', { origin: 'evil', seq: 2 });
  const b = version('evil', 2, 'x', { origin: 'evil', seq: 1 });
  expect(editIn(a, new Map([a, b].map((one) => [formatId(one), one])))).toBe(b);
  expect(isContested([a, b, version('brazil', 1, 'y')])).toBe(false);
});
