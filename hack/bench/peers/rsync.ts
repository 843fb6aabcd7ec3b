import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { readPlan } from '../../../src/agent/site/site-files.ts';
import { rsyncUser } from '../../../src/base/login-name.ts';
import type { SiteSecrets } from '../../../src/base/site-dir.ts';
import { timed } from '../measure.ts';
import type { startSitesync } from './sitesync.ts';

/**
 * Plain rsync over the same link as SiteSync: pulls from the child's daemon through the ssh forward that ends on its hub's
 * loopback.
 */
export async function rsyncOverLink(star: Awaited<ReturnType<typeof startSitesync>>, child: string, hub: string) {
  const { data } = star.network;
  const plan = readPlan(data.site(hub));
  const secrets = JSON.parse(readFileSync(data.site(hub).secrets, 'utf8')) as SiteSecrets;
  const { peerRsync } = plan.links.find(({ peer }) => peer === child)!;
  const { rsyncPassword } = secrets.outbound[child]!;
  const user = rsyncUser(hub, rsyncPassword);
  const into = mkdtempSync(join(tmpdir(), 'sitesync-bench-rsync-'));
  return {
    into,
    pull: (path: string) =>
      execa('rsync', ['-a', `rsync://${user}@127.0.0.1:${peerRsync}/projects/${path}`, `${into}/`], {
        env: { RSYNC_PASSWORD: rsyncPassword },
      }),
    remove: () => rmSync(into, { recursive: true, force: true }),
  };
}

/** Seconds that rsync takes to copy a file on the same disk. */
export async function rsyncLocally(file: string): Promise<number> {
  const into = mkdtempSync(join(tmpdir(), 'sitesync-bench-rsync-'));
  try {
    return await timed(() => execa('rsync', ['-a', file, `${into}/`]));
  } finally {
    rmSync(into, { recursive: true, force: true });
  }
}
