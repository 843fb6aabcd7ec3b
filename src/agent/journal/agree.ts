import type { RowDataPacket } from 'mysql2/promise';
import { type BytePath, pathKey } from '../../base/bytes.ts';
import { createDigests, type Digests, putDigest } from '../fs/digests.ts';
import type { DirectoryReport } from '../fs/facts.ts';
import type { OpenFolder } from '../fs/folder.ts';
import type { SiteStore } from '../site/site.ts';
import { indexBatches } from '../store/index-tree.ts';
import { blob } from '../store/rows.ts';
import { chunks } from '../store/sql.ts';
import type { Observer } from './observe.ts';

/** Digests of the directories as a pass last found them equal to the index. */
export async function loadDigests(store: SiteStore, folder: string): Promise<Digests> {
  const digests = createDigests();
  const page = 2000;
  for (let last: Buffer | undefined = Buffer.alloc(0); last; ) {
    const result = await store.db.query<RowDataPacket[]>(
      'SELECT dir_key, digest FROM local.directory WHERE dir_key > ? AND folder = ? ORDER BY dir_key LIMIT ?',
      [last, folder, page],
    );
    const rows: RowDataPacket[] = result[0];
    for (const row of rows) putDigest(digests, row.dir_key, row.digest);
    last = rows.length === page ? rows.at(-1)!.dir_key : undefined;
  }
  return digests;
}

/**
 * Processes the findings of a pass: journals changes, finds what is missing, and stores the digest of every directory that
 * now equals the index, so that the next pass skips it.
 */
export function createAgreement(store: SiteStore, observer: Observer) {
  /** By folder and path: entries seen so far of directories that arrive in parts, and whether all of them agreed. */
  const open = new Map<string, { seen: number; agreed: boolean }>();
  const keyOf = (folder: OpenFolder, path: BytePath) => `${folder.plan.name}\0${path}`;

  return async function agree(folder: OpenFolder, reports: DirectoryReport[]): Promise<void> {
    const agreed = await observer.observe(
      folder,
      reports.flatMap((report) => report.facts),
      [],
      true,
    );
    const finished: { report: DirectoryReport; agreed: boolean; seen: number }[] = [];
    for (const report of reports) {
      const before = (report.first ? undefined : open.get(keyOf(folder, report.path))) ?? { seen: 0, agreed: true };
      const now = { seen: before.seen + report.facts.length, agreed: before.agreed && agreed };
      if (report.complete) {
        open.delete(keyOf(folder, report.path));
        finished.push({ report, ...now });
      } else open.set(keyOf(folder, report.path), now);
    }
    for (const part of chunks(finished, 200)) {
      await findMissing(folder, part);
      await remember(folder, part);
    }
  };

  /** Directories with more entries in the index than were seen have lost some. */
  async function findMissing(
    folder: OpenFolder,
    part: { report: DirectoryReport; seen: number; agreed: boolean }[],
  ): Promise<void> {
    const keys = part.map(({ report }) => pathKey(folder.plan.name, report.path));
    const [rows] = await store.db.query<RowDataPacket[]>(
      'SELECT dir_key, COUNT(*) AS n FROM local.`index` WHERE dir_key IN (?) GROUP BY dir_key',
      [keys],
    );
    const counts = new Map(rows.map((row) => [row.dir_key.toString('latin1'), Number(row.n)]));
    for (const [i, item] of part.entries()) {
      // Equal counts mean that nothing is missing only if everything seen is indexed.
      if (item.agreed && (counts.get(keys[i]!.toString('latin1')) ?? 0) <= item.seen) continue;
      for await (const indexed of indexBatches(store.db, folder.plan.name, item.report.path)) {
        const paths = indexed.map((entry) => entry.ref.path);
        item.agreed = (await observer.observe(folder, [], paths)) && item.agreed;
      }
    }
  }

  async function remember(folder: OpenFolder, part: { report: DirectoryReport; agreed: boolean }[]): Promise<void> {
    const rows = part.flatMap(({ report, agreed }) =>
      agreed && report.digest
        ? [[pathKey(folder.plan.name, report.path), folder.plan.name, blob(report.path), Buffer.from(report.digest)]]
        : [],
    );
    if (rows.length)
      await store.db.query('REPLACE INTO local.directory (dir_key, folder, path, digest) VALUES ?', [rows]);
  }
}
