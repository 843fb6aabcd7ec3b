import { expect, it } from 'vitest';
import type { FileFact } from '../../../src/agent/fs/facts.ts';
import { createRecentPlacements } from '../../../src/agent/site/recent.ts';
import type { IndexEntry } from '../../../src/agent/store/index-entry.ts';
import { refOf } from '../../../src/agent/store/path-ref.ts';

const stats = { size: 953, mtimeNs: 1n, ctimeNs: 4_000_000n, ino: 7n, mode: 0o644 };
const entry: IndexEntry = { ref: refOf('projects', 'd/f'), origin: 'there', seq: 1, kind: 'file', ...stats };
const fact: FileFact = { path: 'd/f', kind: 'file', ...stats };

it('knows what was placed, once', () => {
  const recent = createRecentPlacements();
  recent.add([entry]);
  expect(recent.take('projects', fact)).toBe(true);
  expect(recent.take('projects', fact)).toBe(false);
});

// The kernel's clock of change times stands still for some ms.
it.each([
  ['written', { size: 280, mtimeNs: 4_000_000n }],
  ['touched', { mtimeNs: 2n }],
  ['made executable', { mode: 0o755 }],
])('a file that somebody has %s at the time at which it was placed is not what was placed', (_what, changed) => {
  const recent = createRecentPlacements();
  recent.add([entry]);
  expect(recent.take('projects', { ...fact, ...changed })).toBe(false);
});
