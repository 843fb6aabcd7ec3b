import type { Logger } from 'pino';
import { delay } from '../../base/delay.ts';
import type { ProvisionedSite } from '../provision.ts';
import { isTaken } from './identity.ts';
import { askBefore } from './who.ts';

const RETRY_MS = 3000;

export interface Admission {
  /** The site that is to be let in, as it is now; undefined when that is no longer wanted. */
  site: () => ProvisionedSite | undefined;
  /** What its heartbeat will say of this machine. */
  own: () => string;
  /** Told why no hub can be asked. */
  trouble: (reason: string) => Promise<void>;
  log: Logger;
  signal: AbortSignal;
}

/** Asks one hub after the other, for ever, whether the site may be this machine; resolves with whether it is another one already. */
export async function admit({ site, own, trouble, log, signal }: Admission): Promise<boolean> {
  for (let round = 0; !signal.aborted; round++) {
    const now = site();
    if (!now) return false;
    const links = now.plan.links.filter((link) => link.dials);
    const link = links[round % links.length];
    if (!link) return false;
    try {
      const { instance } = await askBefore(now, link, log, signal);
      return isTaken(own(), instance);
    } catch (error) {
      if (signal.aborted) return false;
      await trouble((error as Error).message);
    }
    await delay(RETRY_MS, signal);
  }
  return false;
}
