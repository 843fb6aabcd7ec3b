import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ingest } from '../../../src/agent/journal/ingest.ts';
import { startPuller } from '../../../src/agent/transfer/puller.ts';
import type { RunRsync } from '../../../src/agent/transfer/rsync.ts';
import { LARGE } from '../../../src/agent/transfer/schedule.ts';
import { until } from '../../support/until.ts';
import { runSite } from '../apply/crash/run-site.ts';
import { createScene, type Said, type Scene } from '../apply/crash/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await createScene();
});
afterAll(() => scene?.stop());

const PEER = { name: 'there', rsyncPort: 0, rsyncPassword: '' };

it('content that arrives for a version is used for a newer one that has the same content', async () => {
  await scene.reset();
  const text = 'wanted';
  /** The content itself does not come with the row. */
  const say = async (mtime: number) => {
    await scene.say({ file: { file: text, mtime } });
    await scene.rows('DELETE FROM site_there.content');
  };
  await say(1);
  await scene.rows("INSERT INTO site_there.custody (origin, held, known, missing) VALUES ('there', 100, 100, '')");
  let pulls = 0;
  await runSite(scene.dir, {
    pull: async (site) => {
      const puller = startPuller(
        site,
        () => [PEER],
        async ({ paths, into }) => {
          pulls++;
          if (pulls === 1) {
            await say(2);
            await ingest(site);
          }
          for (const path of paths) writeFileSync(join(into, path), text);
          return { ok: true };
        },
      );
      const isNewer = () => statSync(join(scene.root, 'file'), { bigint: true }).mtimeNs % 10n === 1n;
      await until(isNewer, 20_000, 'the newer version');
      return puller;
    },
  });
  expect(pulls).toBe(1);
});

/** The other site has this; its content does not come with the row. */
async function say(paths: Record<string, Said>): Promise<void> {
  await scene.say(paths);
  await scene.rows('DELETE FROM site_there.content');
  await scene.rows("REPLACE INTO site_there.custody (origin, held, known, missing) VALUES ('there', 100, 100, '')");
}

/** Runs the site until `isDone`; `rsync` is told how often it was called before. */
async function run(
  rsync: (...args: [...Parameters<RunRsync>, number, () => Promise<unknown>]) => ReturnType<RunRsync>,
  isDone: () => boolean,
) {
  let pulls = 0;
  await runSite(scene.dir, {
    pull: async (site) => {
      const puller = startPuller(
        site,
        () => [PEER],
        (pull) => rsync(pull, pulls++, () => ingest(site)),
      );
      await until(isDone, 20_000, 'it to be done');
      return puller;
    },
  });
  return pulls;
}

function put(into: string, path: string, text: string): void {
  mkdirSync(dirname(join(into, path)), { recursive: true });
  writeFileSync(join(into, path), text);
}

const isAt = (path: string, text: string) => () =>
  existsSync(join(scene.root, path)) && readFileSync(join(scene.root, path), 'utf8') === text;

it('what arrives under a name that the file no longer has is used under its new one', async () => {
  await scene.reset();
  await say({ old: { dir: true }, 'old/file': { file: 'wanted' } });
  const pulls = await run(
    async ({ paths, into }, _count, ingested) => {
      await say({ 'old/file': { deleted: true }, new: { dir: true }, 'new/file': { file: 'wanted' } });
      await ingested();
      for (const path of paths) put(into, path, 'wanted');
      return { ok: true };
    },
    isAt('new/file', 'wanted'),
  );
  expect(pulls).toBe(1);
});

it('a large file that is renamed while its transfer is interrupted goes on where it was', async () => {
  await scene.reset();
  const text = 'large'.repeat(LARGE / 4);
  const half = text.slice(0, text.length / 2);
  await say({ old: { dir: true }, 'old/file': { file: text } });
  let begun: string | undefined;
  const pulls = await run(
    async ({ paths, into, resume }, count, ingested) => {
      if (count === 0) {
        put(into, paths[0]!, half);
        await say({ 'old/file': { deleted: true }, new: { dir: true }, 'new/file': { file: text } });
        await ingested();
        return { ok: false, fault: 'link', error: 'cut' };
      }
      if (resume) begun = readFileSync(join(into, paths[0]!), 'utf8');
      appendFileSync(join(into, paths[0]!), text.slice(half.length));
      return { ok: true };
    },
    isAt('new/file', text),
  );
  expect(pulls).toBe(2);
  expect(begun).toBe(half);
});

it('what is deleted while it is fetched is not sent to its end', async () => {
  await scene.reset();
  await say({ file: { file: 'x'.repeat(LARGE + 1) } });
  let stopped = false;
  await run(
    async ({ signal }, _count, ingested) => {
      await say({ file: { deleted: true } });
      await ingested();
      await until(() => signal.aborted, 20_000, 'the transfer to be stopped');
      stopped = true;
      return { ok: false, fault: 'link', error: 'stopped' };
    },
    () => stopped,
  );
});

it('a file that is here and was not looked at yet is not fetched', async () => {
  await scene.reset();
  await say({ file: { file: 'here already' } });
  let pulls = 0;
  await runSite(scene.dir, {
    pull: async (site) => {
      scene.write('file', 'here already');
      const puller = startPuller(
        site,
        () => [PEER],
        async () => {
          pulls++;
          return { ok: false, fault: 'link', error: 'not wanted' };
        },
      );
      const isHere = async () => (await scene.rows('SELECT 1 FROM local.pending')).length === 0;
      await until(isHere, 20_000, 'nothing to be wanted');
      return puller;
    },
  });
  expect(pulls).toBe(0);
});
