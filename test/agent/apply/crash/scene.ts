import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import { writePlan } from '../../../../src/agent/site/site-files.ts';
import { VERSION_COLUMNS, versionRow } from '../../../../src/agent/store/rows.ts';
import type { Version } from '../../../../src/agent/versions/version.ts';
import { pathKey } from '../../../../src/base/bytes.ts';
import { minimalPlan, startDatabase, testSecrets } from '../../../support/database.ts';

const FOLDER = 'projects';
const DERIVED = [
  'folder',
  'progress',
  'head',
  '`index`',
  'incomplete',
  'directory',
  'pending',
  'held',
  'archived',
  'intent',
];
const REPLICATED = ['version', 'content', 'custody', 'transfer', 'conflict'];

export const sha = (text: string | Buffer) => createHash('sha256').update(text).digest();

/** What the other site says about a path. */
export type Said =
  | { file: string; mode?: number; mtime?: number }
  | { link: string }
  | { dir: true }
  | { deleted: true };

/** One site, `here`, with a real database; what the other one says is inserted into its tables as replication would. */
export async function createScene() {
  const plan = await minimalPlan('here', ['here', 'there'], ['there']);
  plan.folders = [
    {
      name: FOLDER,
      mode: 'readWrite',
      versions: { keep: 100, maxAgeSeconds: 1e9, maxBytes: 1e12 },
      freshnessSeconds: 900,
      ignore: [],
      members: ['here', 'there'],
      brake: {
        enabled: false,
        deletions: { files: 1, percent: 1, most: 1 },
        overwrites: { files: 1, percent: 1, most: 1 },
      },
    },
  ];
  const database = await startDatabase(plan);
  const { dir } = database;
  writePlan(dir, plan);
  writeFileSync(dir.secrets, JSON.stringify(testSecrets()), { mode: 0o600 });
  const root = dir.folder(FOLDER);
  const hidden = (name: string) => join(root, '.sitesync', name);
  const db: Connection = await database.asRoot();
  await db.query('SET SESSION sql_log_bin = 0');
  let seq = 0;
  let clock = 0;
  const last = new Map<string, { origin: string; seq: number }>();

  async function rows(sql: string, values: unknown[] = []): Promise<RowDataPacket[]> {
    return (await db.query<RowDataPacket[]>(sql, values))[0];
  }

  return {
    dir,
    root,
    rows,
    /** Nothing was ever here. */
    async reset() {
      rmSync(root, { recursive: true, force: true });
      mkdirSync(root, { recursive: true });
      for (const table of DERIVED) await db.query(`DELETE FROM local.${table}`);
      for (const site of ['here', 'there'])
        for (const table of REPLICATED) await db.query(`DELETE FROM site_${site}.${table}`);
      seq = 0;
      clock = 0;
      last.clear();
    },
    /** The other site changes these paths again, each based on its previous version. */
    async say(paths: Record<string, Said>, clockAhead = 0) {
      clock += clockAhead;
      for (const [path, said] of Object.entries(paths)) {
        seq++;
        const base = last.get(path);
        const version: Version = {
          ...contentFrom(said),
          folder: FOLDER,
          path,
          origin: 'there',
          seq,
          merges: [],
          clock: ++clock,
          author: 'there',
          detectedAt: Date.now(),
          ...(base && { base }),
        };
        last.set(path, { origin: 'there', seq });
        await db.query(`INSERT INTO site_there.version (${VERSION_COLUMNS}) VALUES (?)`, [
          versionRow(version, pathKey(FOLDER, path)),
        ]);
        if ('file' in said && said.file !== '')
          await db.query('INSERT INTO site_there.content (seq, bytes) VALUES (?, ?)', [seq, Buffer.from(said.file)]);
      }
    },
    write(path: string, text: string) {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), text);
      // Old enough to be ingested at once.
      chmodSync(join(root, path), 0o644);
    },
    link: (from: string, to: string) => linkSync(join(root, from), join(root, to)),
    touch: (path: string, time: Date) => utimesSync(join(root, path), time, time),
    /** Files of a directory beside the tree. */
    beside: (name: string) => (existsSync(hidden(name)) ? readdirSync(hidden(name)) : []),
    /** What the archive keeps, and under which name. */
    archive(): Map<string, { content: Buffer; links: number }> {
      const kept = new Map<string, { content: Buffer; links: number }>();
      for (const shard of readdirSync(hidden('archive')))
        for (const name of readdirSync(join(hidden('archive'), shard))) {
          const path = join(hidden('archive'), shard, name);
          kept.set(name, { content: readFileSync(path), links: statSync(path).nlink });
        }
      return kept;
    },
    /** Waits until the database has rolled back what a killed process had started. */
    async forgetKilled() {
      for (let open = 1; open > 0; ) {
        const [row] = await rows("SELECT COUNT(*) AS n FROM information_schema.processlist WHERE user = 'agent'");
        open = Number(row!.n);
      }
    },
    async stop() {
      await database.stop();
    },
  };
}

export type Scene = Awaited<ReturnType<typeof createScene>>;

function contentFrom(said: Said): Pick<Version, 'kind' | 'size' | 'mtimeNs' | 'mode' | 'sha256' | 'target'> {
  if ('deleted' in said) return { kind: 'deleted', size: 0, mtimeNs: 0n, mode: 0 };
  if ('dir' in said) return { kind: 'dir', size: 0, mtimeNs: 0n, mode: 0o755 };
  const mtimeNs = 1_700_000_000_123_456_789n;
  if ('link' in said)
    return { kind: 'symlink', size: 0, mtimeNs, mode: 0o777, sha256: sha(said.link), target: said.link };
  const { file, mode = 0o644, mtime = 0 } = said;
  return { kind: 'file', size: file.length, mtimeNs: mtimeNs + BigInt(mtime), mode, sha256: sha(file) };
}
