import { advanceAuthority } from '../../pki/authority.ts';
import { issueSite, type Validity } from '../../pki/keys.ts';
import type { Phase } from '../../topology/rotation.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { type Files, withFiles } from './scratch.ts';

/** The network's ssh authority at this phase of its replacement: creates what is missing. */
export async function sshAuthority(present: Files, phase: Phase = 'steady'): Promise<Files> {
  const { ca } = await withFiles({ ca: present }, (directories) => advanceAuthority(directories.ca, phase));
  return ca;
}

/** A site's ssh keys and certificates. */
export interface SshKeys {
  files: Files;
  /** Unix ms: when the first of its certificates expires. */
  validUntil: number;
}

/**
 * Keeps what is present and valid, byte for byte. A certificate is reissued when a third of its lifetime remains:
 * established links are not disturbed, and the next connection uses the new one while the old one is still valid.
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
