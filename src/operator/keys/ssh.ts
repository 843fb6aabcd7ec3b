import { bringAuthorityTo } from '../../pki/authority.ts';
import { issueSite, type Validity } from '../../pki/keys.ts';
import type { Phase } from '../../topology/rotation.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { type Files, withFiles } from './scratch.ts';

/** The network's certificate authority for its links, brought to this phase of its replacement: what is missing is made. */
export async function sshAuthority(present: Files, phase: Phase = 'steady'): Promise<Files> {
  const { ca } = await withFiles({ ca: present }, (directories) => bringAuthorityTo(directories.ca, phase));
  return ca;
}

/** A site's keys and certificates for its links. */
export interface SshKeys {
  files: Files;
  /** Unix ms: when the first of its certificates expires. */
  validUntil: number;
}

/**
 * What is present and valid stays as it is, to the byte. A certificate is made anew when a third of its life remains: links that are
 * up are not disturbed, and the next connection uses the new one while the old is still valid.
 */
export async function sshKeys(
  authority: Files,
  plan: Pick<SitePlan, 'site' | 'role' | 'external'>,
  present: Files,
  validity: Validity,
): Promise<SshKeys> {
  let validUntil = 0;
  const { site } = await withFiles({ ca: authority, site: present }, async (directories) => {
    validUntil = (await issueSite(directories.ca, plan, directories.site, validity)).validUntil;
  });
  return { files: site, validUntil };
}
