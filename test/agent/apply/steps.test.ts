import { describe, expect, it } from 'vitest';
import { conflictPath } from '../../../src/agent/apply/conflict-name.ts';
import { nextStep } from '../../../src/agent/apply/steps.ts';
import type { Head } from '../../../src/agent/store/head.ts';
import type { IndexEntry } from '../../../src/agent/store/index-entry.ts';
import { refOf } from '../../../src/agent/store/path-ref.ts';

const ref = refOf('f', 'a');
const head: Head = {
  ref,
  origin: 'a',
  seq: 2,
  kind: 'file',
  size: 3,
  mtimeNs: 5n,
  mode: 0o644,
  sha256: Buffer.alloc(32, 1),
  clock: 2,
  rivals: 0,
};
const index: IndexEntry = { ...head, kind: 'file', seq: 1, ctimeNs: 1n, ino: 1n };

describe('the next step', () => {
  it('is noop for what is already there, adopt for equal content, metadata for equal content with other metadata', () => {
    expect(nextStep(head, { ...index, seq: 2 }, false)).toBe('noop');
    expect(nextStep(head, index, false)).toBe('adopt');
    expect(nextStep(head, { ...index, mode: 0o600 }, false)).toBe('metadata');
    expect(nextStep(head, { ...index, mtimeNs: 6n }, false)).toBe('metadata');
  });
  it('pulls content only if it is not available locally', () => {
    const other = { ...index, sha256: Buffer.alloc(32, 2) };
    expect(nextStep(head, other, false)).toBe('pull');
    expect(nextStep(head, other, true)).toBe('place');
    expect(nextStep(head, undefined, false)).toBe('pull');
    expect(nextStep({ ...head, size: 0 }, undefined, false)).toBe('place');
  });
  it('removes only what exists', () => {
    expect(nextStep({ ...head, kind: 'deleted' }, undefined, false)).toBe('noop');
    expect(nextStep({ ...head, kind: 'deleted' }, index, false)).toBe('place');
  });
});

describe('the name of a conflict copy', () => {
  const at = Date.UTC(2026, 10, 21, 20, 30);
  it('has the documented form', () => {
    expect(conflictPath('d/name.ext', 'brazil', at)).toBe('d/name (conflict brazil 2026-11-21 2030).ext');
    expect(conflictPath('.profile', 'brazil', at, 2)).toBe('.profile (conflict brazil 2026-11-21 2030 2)');
  });
  it('fits into 255 bytes', () => {
    const name = conflictPath(`${'x'.repeat(251)}.txt`, 'brazil', at);
    expect(name.length).toBe(255);
    expect(name.endsWith('.txt')).toBe(true);
  });
});
