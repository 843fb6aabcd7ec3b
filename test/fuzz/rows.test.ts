import fc from 'fast-check';
import type { RowDataPacket } from 'mysql2/promise';
import { describe, expect, it } from 'vitest';
import { readVersion, versionRow } from '../../src/agent/store/rows.ts';
import { formatId, type Kind, parseId, type Version } from '../../src/agent/versions/version.ts';
import { pathKey, pathProblem } from '../../src/base/bytes.ts';
import { always, bigNumber, bytes, hostileText, VERY_LONG } from './hostile.ts';

const orNull = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null });

/** Rows that another site's database could hold: whatever the column types allow. */
const row = fc
  .record({
    seq: bigNumber,
    folder: bytes(63),
    path: fc.oneof(bytes(4096), fc.constant(Buffer.from('plans/bridge.dwg'))),
    kind: fc.constantFrom('file', 'dir', 'symlink', 'deleted', '', 'socket'),
    size: bigNumber,
    mtime_ns: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
    mode: fc.integer({ min: 0, max: 65_535 }),
    sha256: orNull(fc.uint8Array({ minLength: 32, maxLength: 32 }).map((array) => Buffer.from(array))),
    target: orNull(bytes(4096)),
    base_origin: orNull(bytes(63)),
    base_seq: orNull(bigNumber),
    merges: orNull(bytes(2048)),
    clock: bigNumber,
    author: bytes(255),
    detected_at: bigNumber,
  })
  .map((one) => one as unknown as RowDataPacket);

const valid = fc
  .record({
    seq: fc.integer({ min: 1, max: 999_999_999_999_999 }),
    path: fc
      .array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 6 })
      .map((parts) => parts.map((part) => Buffer.from(part).toString('latin1')).join('/'))
      .filter((path) => pathProblem(path) === undefined),
    kind: fc.constantFrom<Kind>('file', 'dir', 'symlink', 'deleted'),
    size: fc.integer({ min: 0, max: 2 ** 52 }),
    mtimeNs: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    hash: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((array) => Buffer.from(array)),
    target: fc
      .uint8Array({ minLength: 1, maxLength: 40 })
      .map((array) => Buffer.from(array.map((b) => b || 1)).toString('latin1')),
    base: fc.option(fc.record({ origin: fc.constantFrom('a', 'new-zealand'), seq: fc.nat() }), { nil: undefined }),
    merges: fc.array(fc.record({ origin: fc.constantFrom('a', 'b-2'), seq: fc.nat() }), { maxLength: 8 }),
    clock: fc.integer({ min: 1, max: 2 ** 50 - 1 }),
    detectedAt: fc.integer({ min: -8.64e15, max: 8.64e15 }),
  })
  .map(
    ({ hash, target, base, kind, size, ...one }): Version => ({
      ...one,
      origin: 'a',
      folder: 'projects',
      author: 'somebody',
      kind,
      size: kind === 'file' ? size : 0,
      ...(kind === 'file' || kind === 'symlink' ? { sha256: hash } : {}),
      ...(kind === 'symlink' ? { target } : {}),
      ...(base && { base }),
    }),
  );

/** As the database returns what {@link versionRow} was given. */
function throughDatabase(version: Version): RowDataPacket {
  const names =
    'seq folder path path_key kind size mtime_ns mode sha256 target base_origin base_seq merges clock author detected_at';
  const values = versionRow(version, pathKey(version.folder, version.path));
  const row: Record<string, unknown> = Object.fromEntries(names.split(' ').map((name, i) => [name, values[i]]));
  for (const name of ['folder', 'base_origin', 'merges', 'author'])
    if (typeof row[name] === 'string') row[name] = Buffer.from(row[name], 'latin1');
  return row as RowDataPacket;
}

describe('a row of another site', () => {
  it('is a version whose every field can be used, or rejected with a reason', () => {
    always(row, (one) => {
      const version = readVersion('brazil', one);
      if (typeof version === 'string') return expect(version).not.toBe('');
      expect(pathProblem(version.path)).toBeUndefined();
      expect(Number.isSafeInteger(version.seq) && version.seq > 0).toBe(true);
      expect(Number.isSafeInteger(version.size) && version.size >= 0).toBe(true);
      expect(version.clock).toBeLessThan(2 ** 50);
      // Neither the display nor a query may fail because of it.
      expect(new Date(version.detectedAt).toISOString()).toBeTruthy();
      expect(new Date(Number(version.mtimeNs / 1_000_000n)).toISOString()).toBeTruthy();
      expect(version.sha256 !== undefined).toBe(version.kind === 'file' || version.kind === 'symlink');
      expect(version.target !== undefined).toBe(version.kind === 'symlink');
      if (version.target !== undefined) expect(version.target).toMatch(/^[^\0]{1,4095}$/s);
      for (const id of [...version.merges, ...(version.base ? [version.base] : [])])
        expect(parseId(formatId(id))).toEqual(id);
    });
  });

  it('survives a round trip, whatever its name and times', () => {
    always(valid, (version) => expect(readVersion('a', throughDatabase(version))).toEqual(version));
  });
});

describe('the name of a version', () => {
  const name = fc.record({
    origin: fc.stringMatching(/^[a-z0-9-]{1,40}$/),
    seq: fc.integer({ min: 0, max: 999_999_999_999_999 }),
  });
  it('survives a round trip', () => {
    always(name, (id) => expect(parseId(formatId(id))).toEqual(id));
  });
  it('is not parsed from other text, however long', () => {
    always(fc.oneof(fc.string(), hostileText), (text) => {
      const id = parseId(text);
      if (id) expect(formatId(id).length).toBeLessThanOrEqual(text.length);
    });
    for (const text of VERY_LONG) expect(parseId(text)).toBeUndefined();
  });
});
