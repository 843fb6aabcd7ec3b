import type { Phase } from '../../topology/rotation.ts';
import type { Files } from './scratch.ts';
import { sshAuthority } from './ssh.ts';

/**
 * Creates or replaces the network's ssh authority as far as `phase` requires. Runs no program when the files are already
 * there.
 */
export async function sshAuthorityAt(present: Files, phase: Phase): Promise<Files> {
  return isAt(present, phase) ? present : sshAuthority(present, phase);
}

function isAt(files: Files, phase: Phase): boolean {
  const has = (...names: string[]) => names.every((name) => files[name] !== undefined);
  if (!has('ca', 'ca.pub')) return false;
  if (phase === 'announced') return has('next-ca', 'next-ca.pub');
  return phase === phaseOf(files);
}

/** How far the replacement of an authority has got, judging by its files. */
export function phaseOf(files: Files): Phase {
  if (files['next-ca'] !== undefined) return 'announced';
  return files['old-ca.pub'] === undefined ? 'steady' : 'inUse';
}
