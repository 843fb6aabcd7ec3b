import { mkdirSync } from 'node:fs';
import { folderRoot } from '../agent/fs/folder.ts';
import { writeSshd } from '../agent/link/sshd.ts';
import { writePlan } from '../agent/site/site-files.ts';
import { rsyncdConfig, rsyncdSecrets } from '../agent/transfer/rsyncd.ts';
import { readIfThere, writeIfChanged } from '../base/files.ts';
import type { SiteDir, SiteSecrets } from '../base/site-dir.ts';
import { engines, startSql } from '../database/engines.ts';
import { issueSite } from '../pki/keys.ts';
import { secretsText } from '../topology/secrets.ts';
import type { SitePlan } from '../topology/site-plan.ts';
import type { DataDir } from './data-dir.ts';

/** A site whose files are written. */
export interface ProvisionedSite {
  plan: SitePlan;
  dir: SiteDir;
  secrets: SiteSecrets;
  /** Files that a running process must be told about; the agent and sshd follow theirs by themselves. */
  changed: { initSql: boolean };
  /** Why it must not connect to its neighbours now, as a sentence. */
  isolation?: string;
}

/** The secrets of these sites that already exist. */
export function readSecrets(data: DataDir, plans: SitePlan[]): Map<string, SiteSecrets> {
  const known = new Map<string, SiteSecrets>();
  for (const { site } of plans) {
    const text = readIfThere(data.site(site).secrets);
    if (text !== undefined) known.set(site, JSON.parse(text) as SiteSecrets);
  }
  return known;
}

/**
 * Writes what the processes of a site read, except plan.json: that comes last ({@link publishPlan}), because agents act on
 * it as soon as it changes. Idempotent: unchanged files are not touched.
 */
export async function provisionSite(data: DataDir, plan: SitePlan, secrets: SiteSecrets): Promise<ProvisionedSite> {
  const site = writeSite(data, plan, secrets);
  await issueSite(data.ca, plan, site.dir.keys);
  if (plan.role === 'hub') writeSshd(plan, site.dir);
  return site;
}

/** The same without keys and certificates. */
export function writeSite(data: DataDir, plan: SitePlan, secrets: SiteSecrets): ProvisionedSite {
  const dir = data.site(plan.site);
  const engine = engines[plan.engine];
  for (const path of [dir.config, dir.state, dir.run, dir.logs, dir.folders]) mkdirSync(path, { recursive: true });
  mkdirSync(dir.keys, { recursive: true, mode: 0o700 });
  for (const folder of plan.folders) {
    if (folder.path === undefined) mkdirSync(folderRoot(folder, dir), { recursive: true });
  }
  writeIfChanged(dir.secrets, secretsText(secrets));
  writeIfChanged(dir.mysql.config, engine.config(plan, dir));
  const initSql = writeIfChanged(dir.mysql.init, startSql(plan, secrets));
  writeIfChanged(dir.rsync.secrets, rsyncdSecrets(secrets));
  writeIfChanged(dir.rsync.config, rsyncdConfig(plan, dir, process.getuid?.() === 0));
  return { plan, dir, secrets, changed: { initSql } };
}

export function publishPlan({ plan, dir }: ProvisionedSite): void {
  writePlan(dir, plan);
}
