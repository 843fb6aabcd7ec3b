import { join } from 'node:path';
import type { Summary } from '../../api/network-report.ts';
import { readIfThere } from '../../base/files.ts';
import { keysMark } from '../../base/keys-mark.ts';
import { readIdentity } from '../../pki/keys.ts';
import { planHash } from '../../topology/plan-hash.ts';
import type { Detector } from '../detect/detector.ts';
import type { Links } from '../link/links.ts';
import type { Here, Store } from '../site/site.ts';
import { tell } from '../store/incarnation.ts';
import { siteStatus } from './status.ts';

const ERRORS = 5;
const REASONS = 3;
const ERROR_LENGTH = 300;

/** What the heartbeat tells the others. */
export async function ownSummary(site: Here & Store, links: Links, detector: Detector): Promise<Summary> {
  const status = await siteStatus(site, links, detector);
  const { connected, inSync, reasons, conflicts, held, damaged, verifiedAt, errors } = status;
  const validUntil = certificateEnd(site);
  const instance = readIfThere(site.dir.instance)?.trim();
  return {
    peers: links.heard().sort(),
    connected,
    inSync,
    ...(!inSync && { reasons: reasons.slice(0, REASONS).map((text) => text.slice(0, ERROR_LENGTH)) }),
    replicating: links.replicating(),
    conflicts,
    held,
    damaged,
    ...(verifiedAt !== null && { verifiedAt: Date.parse(verifiedAt) }),
    errors: errors.slice(0, ERRORS).map((text) => text.slice(0, ERROR_LENGTH)),
    plan: planHash(site.plan),
    keys: keysMark((name) => readIfThere(join(site.dir.keys, name))),
    incarnations: tell(site.incarnations),
    ...(instance !== undefined && { instance }),
    ...(validUntil !== undefined && { validUntil }),
  };
}

/** Sites without links have no certificate. */
function certificateEnd(site: Here & Store): number | undefined {
  try {
    return readIdentity(site.dir.keys).validUntil;
  } catch (error) {
    site.log.debug({ err: error }, 'the certificate cannot be read');
    return undefined;
  }
}
