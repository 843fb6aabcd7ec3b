import { join } from 'node:path';
import { PROBLEMS, REASONS, type Summary } from '../../api/network-report.ts';
import { readIfThere } from '../../base/files.ts';
import { keysMark } from '../../base/keys-mark.ts';
import { readIdentity } from '../../pki/keys.ts';
import { type ReportedProblem, sentenceOf } from '../../problems/problem.ts';
import { bounded } from '../../problems/reported.ts';
import { planHash } from '../../topology/plan-hash.ts';
import type { Detector } from '../detect/detector.ts';
import type { Links } from '../link/links.ts';
import type { SiteView } from '../site/site.ts';
import { tell } from '../store/incarnation.ts';
import { agentStatus } from './status.ts';

/** Maximum length of a sentence for agents of the previous release. */
const TEXT_LENGTH = 300;

/** What this site says about itself in its heartbeat. */
export async function ownSummary(site: SiteView, links: Links, detector: Detector): Promise<Summary> {
  const status = await agentStatus(site, links, detector);
  const { connected, inSync, conflicts, held, damaged, verifiedAt } = status;
  const notInSync = status.notInSync.slice(0, REASONS);
  const problems = status.problems.slice(0, PROBLEMS);
  const texts = (all: ReportedProblem[]) => all.map((one) => sentenceOf(one, site.plan.site).slice(0, TEXT_LENGTH));
  const validUntil = certificateEnd(site);
  const slowestLine = site.store.rowBudget.own();
  const instance = readIfThere(site.dir.instance)?.trim();
  return {
    peers: links.heard().sort(),
    connected,
    inSync,
    notInSync: notInSync.map(bounded),
    ...(!inSync && { reasons: texts(notInSync) }),
    replicating: links.replicating(),
    conflicts,
    held,
    damaged,
    ...(verifiedAt !== null && { verifiedAt: Date.parse(verifiedAt) }),
    problems: problems.map(bounded),
    errors: texts(problems),
    plan: planHash(site.plan),
    keys: keysMark((name) => readIfThere(join(site.dir.keys, name))),
    pulse: true,
    incarnations: tell(site.store.incarnations),
    // Two digits: a measurement that hardly differs is no news.
    ...(slowestLine !== undefined && { slowestLine: Math.max(1, Number(slowestLine.toPrecision(2))) }),
    ...(instance !== undefined && { instance }),
    ...(validUntil !== undefined && { validUntil }),
  };
}

/** Sites without links have no certificate. */
function certificateEnd(site: SiteView): number | undefined {
  try {
    return readIdentity(site.dir.keys).validUntil;
  } catch (error) {
    site.log.debug({ err: error }, 'the certificate cannot be read');
    return undefined;
  }
}
