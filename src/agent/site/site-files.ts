import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { writeIfChanged } from '../../base/files.ts';
import type { SiteDir, SiteSecrets } from '../../base/site-dir.ts';
import { watchFiles } from '../../base/watch-files.ts';
import { joinPlan, type OwnPlan, ownPlan, type Roster, rosterOf } from '../../topology/roster.ts';
import type { SitePlan } from '../../topology/site-plan.ts';

/** The files that a site's provisioner writes for its processes. */
export interface SiteFiles {
  plan: SitePlan;
  secrets: SiteSecrets;
}

export function readPlan(dir: SiteDir): SitePlan {
  return joinPlan(read(dir.plan) as OwnPlan, read(dir.roster) as Roster);
}

/** Called by the provisioner of a single site. The agent may read the files at any time. */
export function writePlan(dir: SiteDir, plan: SitePlan): void {
  writeIfChanged(dir.roster, toJson(rosterOf([plan])), 0o644);
  writeIfChanged(dir.plan, toJson(ownPlan(plan)), 0o644);
}

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
const toJson = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;

/**
 * Each file is consistent, but in a pod they come from two volumes, one of which may be older: see {@link
 * withoutStrangers}.
 */
export function readSiteFiles(dir: SiteDir): SiteFiles {
  const secrets = read(dir.secrets) as SiteSecrets;
  return { plan: withoutStrangers(readPlan(dir), secrets), secrets };
}

/** The plan without links to neighbours whose passwords have not arrived yet. Pure. */
export function withoutStrangers(plan: SitePlan, { inbound, outbound }: SiteSecrets): SitePlan {
  return { ...plan, links: plan.links.filter(({ peer }) => inbound[peer] && outbound[peer]) };
}

/** Calls back when the result of `read` has changed. Errors are logged; the previous result stays in use. */
export function followFiles<T>(
  folders: string[],
  read: () => T,
  { log, signal }: { log: Logger; signal: AbortSignal },
  changed: (files: T) => void,
): void {
  let last = JSON.stringify(read());
  const look = () => {
    try {
      const files = read();
      const text = JSON.stringify(files);
      if (text === last) return;
      last = text;
      changed(files);
    } catch (error) {
      log.warn({ err: error }, "the site's files cannot be read; going on with what was read before");
      throw error;
    }
  };
  watchFiles(folders, look, signal);
}
