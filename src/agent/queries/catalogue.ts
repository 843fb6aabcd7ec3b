import type { RowDataPacket } from 'mysql2/promise';
import { baseName, parentOf } from '../../base/bytes.ts';
import type { Site } from '../site/site.ts';
import type { Head } from '../store/head.ts';
import { text } from '../store/rows.ts';
import { createNames, type NameFacts, type Names } from './names.ts';

/** The names of all heads, while somebody searches. */
export interface Catalogue {
  /** Starts reading the names if necessary. `complete`: all have been read. */
  use(): { names: Names; complete: boolean };
}

interface Reading {
  names: Names;
  complete: boolean;
  /** Paths that changed while the names are read. */
  changed: Set<string>;
}

/** Names are released after this long without a search. */
const IDLE_MS = 3_600_000;
/** Rows read per statement. */
const ROWS = 20_000;

/**
 * Reads the names when they are first needed, then follows the heads.
 */
export function openCatalogue(site: Site): Catalogue {
  let known: Reading | undefined;
  let usedAt = 0;

  site.wake.heads.listen((heads: Head[]) => {
    if (!known) return;
    if (site.now() - usedAt > IDLE_MS) known = undefined;
    else
      for (const { ref, ...head } of heads) {
        if (ref.path === '') continue;
        known.names.add(ref.folder, parentOf(ref.path), baseName(ref.path), factsOf(head));
        if (!known.complete) known.changed.add(ref.id);
      }
  });

  async function read(into: Reading): Promise<void> {
    let dir = Buffer.alloc(16);
    let path = Buffer.alloc(16);
    for (;;) {
      const [rows] = await site.store.db.query<RowDataPacket[]>(
        `SELECT folder, path, dir_key, path_key, origin, seq, kind, size, mtime_ns FROM local.head
          WHERE dir_key > ? OR (dir_key = ? AND path_key > ?) ORDER BY dir_key, path_key LIMIT ?`,
        [dir, dir, path, ROWS],
      );
      for (const row of rows) {
        const whole = text(row.path);
        const facts = factsOf({
          origin: text(row.origin),
          seq: Number(row.seq),
          kind: row.kind,
          size: Number(row.size),
          mtimeNs: BigInt(row.mtime_ns),
        });
        // What was read may be older than what was heard meanwhile.
        if (whole === '' || into.changed.has(`${text(row.folder)}\0${whole}`)) continue;
        into.names.add(text(row.folder), parentOf(whole), baseName(whole), facts);
      }
      if (rows.length < ROWS || site.signal.aborted) break;
      dir = rows.at(-1)!.dir_key;
      path = rows.at(-1)!.path_key;
    }
    into.complete = true;
    into.changed.clear();
  }

  return {
    use() {
      usedAt = site.now();
      if (!known) {
        const fresh = { names: createNames(), complete: false, changed: new Set<string>() };
        known = fresh;
        read(fresh).catch((error: Error) => {
          site.log.warn({ err: error }, 'the names could not be read for searching');
          if (known === fresh) known = undefined;
        });
      }
      return known;
    },
  };
}

function factsOf({
  origin,
  seq,
  kind,
  size,
  mtimeNs,
}: Pick<Head, 'origin' | 'seq' | 'kind' | 'size' | 'mtimeNs'>): NameFacts {
  return { kind, size, mtimeMs: Number(mtimeNs / 1_000_000n), origin, seq };
}
