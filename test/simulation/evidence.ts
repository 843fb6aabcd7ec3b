import type { Evidence, JournalRow } from '../../hack/soak/invariants.ts';
import type { Tree } from '../../hack/soak/look.ts';
import { SITES, type SiteName } from '../../hack/soak/star.ts';
import { siteSchema } from '../../src/database/schema.ts';
import { hashOf, keptAt } from './look.ts';
import type { SimulatedNetwork } from './network.ts';

/** What trees and archives hold. */
export function lookAtContents(
  network: SimulatedNetwork,
  trees: ReadonlyMap<SiteName, Tree>,
): Pick<Evidence, 'findable' | 'rotten' | 'shared' | 'staged'> {
  const findable = new Set<string>();
  const [rotten, shared, staged]: [string[], string[], string[]] = [[], [], []];
  for (const name of SITES) {
    const inodes = new Set<bigint>();
    for (const { sha256, ino } of trees.get(name)?.values() ?? []) {
      if (sha256 !== undefined) findable.add(sha256);
      inodes.add(ino);
    }
    for (const [path, { kind, data, ino }] of keptAt(network.site(name))) {
      if (kind !== 'file') continue;
      if (path.startsWith('staging/')) staged.push(`${name}: ${path}`);
      const [, wanted] = /^archive\/..\/([0-9a-f]{64})$/.exec(path) ?? [];
      if (!wanted) continue;
      if (hashOf(data) === wanted) findable.add(wanted);
      else rotten.push(`${name}: ${wanted}`);
      if (inodes.has(ino)) shared.push(`${name}: ${wanted}`);
    }
  }
  return { findable, rotten, shared, staged };
}

/** The journal of each site from its own database, and what all databases say about each. */
export function readJournals(network: SimulatedNetwork): Pick<Evidence, 'versions' | 'journals'> {
  const versions: JournalRow[] = [];
  const journals = new Map<string, Record<string, string>>(SITES.map((site) => [site, {}]));
  for (const name of SITES) {
    const { database } = network.site(name);
    for (const origin of SITES) {
      const [row] = database.ask(
        `SELECT COUNT(*) AS n, MAX(seq) AS newest, SUM(clock + size + mode) AS sum FROM ${siteSchema(origin)}.version`,
      );
      journals.get(origin)![name] = `${String(row!.n)} versions up to ${String(row!.newest)}, sum ${String(row!.sum)}`;
    }
    for (const row of database.ask(`SELECT * FROM ${siteSchema(name)}.version`)) versions.push(rowOf(name, row));
  }
  return { versions, journals };
}

function rowOf(origin: SiteName, row: Record<string, unknown>): JournalRow {
  const text = (value: unknown) => (value as Buffer).toString('latin1');
  return {
    origin,
    seq: Number(row.seq),
    path: text(row.path),
    kind: row.kind as JournalRow['kind'],
    ...(row.kind === 'file' && { sha256: (row.sha256 as Buffer).toString('hex') }),
    ...(row.base_origin !== null && { base: `${text(row.base_origin)}.${String(row.base_seq)}` }),
    merges: row.merges !== null,
    more: `merges ${String(row.merges)} clock ${String(row.clock)} at ${String(row.detected_at)}`,
  };
}
