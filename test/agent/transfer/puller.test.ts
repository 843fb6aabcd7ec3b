import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ingest } from '../../../src/agent/journal/ingest.ts';
import { startPuller } from '../../../src/agent/transfer/puller.ts';
import { until } from '../../support/until.ts';
import { runSite } from '../apply/crash/run-site.ts';
import { createScene, type Scene } from '../apply/crash/scene.ts';

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
