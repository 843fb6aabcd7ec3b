import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pool } from 'mysql2/promise';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sweep } from '../../../src/agent/fs/staging.ts';
import { ingest } from '../../../src/agent/journal/ingest.ts';
import { startPuller } from '../../../src/agent/transfer/puller.ts';
import { until } from '../../support/until.ts';
import { runSite } from '../apply/crash/run-site.ts';
import { createScene, type Said, type Scene } from '../apply/crash/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await createScene();
});
afterAll(() => scene?.stop());

const PEER = { name: 'there', rsyncPort: 0, rsyncPassword: '' };

const BEFORE: Record<string, Said> = { old: { file: 'renamed' }, edited: { file: 'edited 1' } };
/** One content is fetched, one is on this disk already, one replaces another. */
const AFTER: Record<string, Said> = {
  old: { deleted: true },
  renamed: { file: 'renamed' },
  edited: { file: 'edited 2' },
  fresh: { file: 'fresh' },
};
const CONTENTS = Object.fromEntries(
  Object.entries(AFTER).map(([path, said]) => [path, 'file' in said ? said.file : '']),
);

/** A pool whose connection is lost at the `count`-th call after `arm`, once. */
function losing(count: number) {
  const state = { armed: false, calls: 0, at: '' };
  const lost = () => state.armed && ++state.calls === count;
  const watch = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(inner, name) {
        const value: unknown = Reflect.get(inner, name);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if ((name === 'query' || name === 'commit' || name === 'getConnection') && lost()) {
            state.at = `${name} ${typeof args[0] === 'string' ? args[0].slice(0, 60) : ''}`;
            return Promise.reject(
              Object.assign(new Error('Connection lost'), { code: 'PROTOCOL_CONNECTION_LOST', fatal: true }),
            );
          }
          const result: unknown = value.apply(inner, args);
          return name === 'getConnection' ? (result as Promise<object>).then(watch) : result;
        };
      },
    });
  return { state, database: (pool: Pool) => watch(pool) };
}

it('a database that is lost at any statement of a transfer leaves nothing in staging, and all arrives', async () => {
  for (let count = 1, reached = true; reached; count++) {
    await scene.reset();
    await scene.say(BEFORE);
    await runSite(scene.dir);
    await scene.say(AFTER);
    await scene.rows('DELETE FROM site_there.content');
    await scene.rows("INSERT INTO site_there.custody (origin, held, known, missing) VALUES ('there', 100, 100, '')");
    const { state, database } = losing(count);
    await runSite(scene.dir, {
      database,
      pull: async (site) => {
        await ingest(site);
        state.armed = true;
        const puller = startPuller(
          site,
          () => [PEER],
          ({ paths, into }) => {
            for (const path of paths) writeFileSync(join(into, path), CONTENTS[path]!);
            return Promise.resolve({ ok: true });
          },
        );
        const arrived = () => ['renamed', 'edited', 'fresh'].every((path) => read(path) === CONTENTS[path]);
        const settled = async () => {
          site.wake.pull.ring();
          return arrived() && (await scene.rows('SELECT 1 FROM local.pending')).length === 0;
        };
        await until(settled, 30_000, `all to arrive, lost at call ${count} (${state.at})`);
        state.armed = false;
        for (const folder of site.folders.values()) sweep(folder);
        return puller;
      },
    });
    expect(scene.beside('staging'), `lost at call ${count} (${state.at})`).toEqual([]);
    reached = state.at !== '';
  }
}, 240_000);

function read(path: string): string | undefined {
  try {
    return readFileSync(join(scene.root, path), 'utf8');
  } catch {
    return undefined;
  }
}
