import type { Logger } from 'pino';
import { delay } from '../../base/delay.ts';
import type { ProvisionedSite } from '../provision.ts';
import { askBeforeConnecting } from './ask-hub.ts';
import { isTaken } from './identity.ts';

const RETRY_MS = 3000;

export interface Admission {
  /** The site to admit, as it is now; undefined when that is no longer wanted. */
  site: () => ProvisionedSite | undefined;
  /** What its heartbeat will say about this machine. */
  own: () => string;
  /** Called with the reason when no hub can be asked. */
  trouble: (reason: string) => Promise<void>;
  log: Logger;
  signal: AbortSignal;
}

/**
 * Asks one hub after another, forever, whether this machine may be the site; resolves with whether another machine already
 * is.
 */
export async function admit({ site, own, trouble, log, signal }: Admission): Promise<boolean> {
  for (let round = 0; !signal.aborted; round++) {
    const now = site();
    if (!now) return false;
    const links = now.plan.links.filter((link) => link.dials);
    const link = links[round % links.length];
    if (!link) return false;
    try {
      const { instance } = await askBeforeConnecting(now, link, log, signal);
      return isTaken(own(), instance);
    } catch (error) {
      if (signal.aborted) return false;
      await trouble((error as Error).message);
    }
    await delay(RETRY_MS, signal);
  }
  return false;
}
