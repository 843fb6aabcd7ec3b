import type { RowDataPacket } from 'mysql2/promise';
import { type BytePath, pathKey } from '../../base/bytes.ts';
import { type IndexEntry, readIndexEntry } from './index-entry.ts';
import { BATCH, type Sql } from './sql.ts';

/** The index entries of one directory, in batches. Entries may be deleted between two batches. */
export async function* indexBatches(db: Sql, folder: string, dir: BytePath): AsyncGenerator<IndexEntry[]> {
  for (let last: Buffer | undefined = Buffer.alloc(0); last; ) {
    const result = await db.query<RowDataPacket[]>(
      'SELECT * FROM local.`index` WHERE dir_key = ? AND path_key > ? ORDER BY path_key LIMIT ?',
      [pathKey(folder, dir), last, BATCH],
    );
    const entries: IndexEntry[] = result[0].map(readIndexEntry);
    if (entries.length > 0) yield entries;
    last = entries.length === BATCH ? entries.at(-1)!.ref.pathKey : undefined;
  }
}

/** Everything indexed below a directory, deepest first: the order in which it must be deleted. */
export async function* indexBelow(db: Sql, folder: string, dir: BytePath): AsyncGenerator<IndexEntry> {
  for await (const entries of indexBatches(db, folder, dir)) {
    for (const entry of entries) {
      if (entry.kind === 'dir') yield* indexBelow(db, folder, entry.ref.path);
      yield entry;
    }
  }
}

/** Groups items into batches. */
export async function* inBatches<T>(items: AsyncIterable<T>, size = BATCH): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const item of items) {
    batch.push(item);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
