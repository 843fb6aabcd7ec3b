import { dirname } from 'node:path';
import { type Endpoint } from '../../api/address.ts';
import { watchFiles } from '../../base/watch-files.ts';
import { problem } from '../../problems/problem.ts';
import { setProblem } from '../site/set-problem.ts';
import type { SiteContext } from '../site/site.ts';
import { type PageTls, pageCertificate } from './certificate.ts';

const ABOUT = 'certificate of the page';
/** How often expiry is checked: no file changes when a certificate expires. */
const CLOCK_MS = 3_600_000;

type Parts = Pick<SiteContext, 'dir' | 'log' | 'now' | 'signal' | 'problems'> & { plan: { site: string } };

/** The certificate at the start; undefined: plain HTTP. */
export async function firstCertificate(site: Parts, listen: Endpoint): Promise<PageTls | undefined> {
  const { tls, problem } = await pageCertificate(site.dir, site.plan.site, listen, site.now());
  setProblem(site, ABOUT, problem);
  return tls;
}

/**
 * Calls back with every new certificate: a supplied one, or a renewed self-signed one. While the supplied files are
 * unusable the one in use stays, and status reports the problem.
 */
export function followCertificate(
  site: Parts,
  listen: Endpoint,
  first: PageTls | undefined,
  use: (tls: PageTls) => void,
): void {
  let inUse = first;
  async function look(): Promise<void> {
    const { tls, problem: wrong } = await pageCertificate(site.dir, site.plan.site, listen, site.now(), inUse);
    const isNew = tls !== undefined && (tls.cert !== inUse?.cert || tls.key !== inUse.key);
    setProblem(site, ABOUT, inUse === undefined && isNew ? problem('pageCertificatePending') : wrong);
    if (!isNew || inUse === undefined) return;
    use(tls);
    inUse = tls;
    site.log.info('a new certificate of the page is in use');
  }
  async function tellingLook(): Promise<void> {
    try {
      await look();
    } catch (error) {
      setProblem(site, ABOUT, problem('pageCertificate', { why: (error as Error).message }));
      throw error;
    }
  }
  watchFiles([site.dir.keys, dirname(site.dir.page.certificate)], tellingLook, site.signal, CLOCK_MS);
}
