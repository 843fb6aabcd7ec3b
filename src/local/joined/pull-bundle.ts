import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { runRsync } from '../../agent/transfer/rsync.ts';
import { bundleModule } from '../../agent/transfer/rsyncd.ts';
import { rsyncUser } from '../../base/login-name.ts';
import type { Bundle } from '../../bundle/bundle.ts';
import { unseal } from '../../bundle/seal.ts';
import type { LinkPlan } from '../../topology/site-plan.ts';
import type { ProvisionedSite } from '../provision.ts';

const MOST_BYTES = 16 * 2 ** 20;

/**
 * The newest bundle that a hub has for this site. Undefined while it has none. Rejects when it cannot be fetched, or was
 * not made for this site by its operator.
 * @param into a directory for this alone
 */
export async function pullBundle(
  { plan, secrets }: ProvisionedSite,
  link: LinkPlan,
  present: Bundle,
  into: string,
  signal: AbortSignal,
): Promise<Bundle | undefined> {
  const password = secrets.outbound[link.peer]?.rsyncPassword ?? '';
  // rsync starts from the previous one: while nothing changes, little more than a greeting crosses the link.
  const [last, next] = [join(into, 'last'), join(into, 'next')];
  rmSync(next, { recursive: true, force: true });
  mkdirSync(next, { recursive: true, mode: 0o700 });
  try {
    const result = await runRsync({
      port: link.peerRsync,
      user: rsyncUser(plan.site, password),
      password,
      module: bundleModule(plan.site),
      paths: [plan.site],
      into: next,
      ...(existsSync(join(last, plan.site)) && { basis: last }),
      signal,
    });
    // The operator has not made it yet, or the kubelet has not mounted it.
    if (!result.ok && result.fault === 'source') return undefined;
    if (!result.ok) throw new Error(`${link.peer} does not provide the newest bundle: ${result.error}`);
    const file = join(next, plan.site);
    if (statSync(file).size > MOST_BYTES) throw new Error(`the newest bundle provided by ${link.peer} is too large`);
    const bundle = unseal(readFileSync(file, 'utf8'), present);
    rmSync(last, { recursive: true, force: true });
    renameSync(next, last);
    return bundle;
  } finally {
    rmSync(next, { recursive: true, force: true });
  }
}
