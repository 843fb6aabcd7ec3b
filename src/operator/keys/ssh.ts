import { ensureCa, issueSite } from '../../agent/link/keys.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { type Files, withFiles } from './scratch.ts';

/** The network's certificate authority: what is present stays, what is missing is made. */
export async function sshAuthority(present: Files): Promise<Files> {
  const { ca } = await withFiles({ ca: present }, (directories) => ensureCa(directories.ca));
  return ca;
}

/** A site's keys and certificates for its links. */
export interface SshKeys {
  files: Files;
  /** Unix ms: when the first of its certificates expires. */
  validUntil: number;
}

/**
 * What is present and valid stays as it is, to the byte. A certificate is made anew when less than a quarter of `validDays`
 * remains: links that are up are not disturbed, and the next connection uses the new one while the old is still valid.
 */
export async function sshKeys(
  authority: Files,
  plan: Pick<SitePlan, 'site' | 'role'>,
  present: Files,
  validDays: number,
): Promise<SshKeys> {
  let validUntil = 0;
  const { site } = await withFiles({ ca: authority, site: present }, async (directories) => {
    validUntil = (await issueSite(directories.ca, plan, directories.site, validDays)).validUntil;
  });
  return { files: site, validUntil };
}
