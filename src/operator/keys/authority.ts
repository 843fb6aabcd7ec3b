import type { Phase } from '../../topology/rotation.ts';
import type { Files } from './scratch.ts';
import { sshAuthority } from './ssh.ts';

/** Makes or replaces the network's authority for its links as far as `phase` says. Nothing runs when it is there already. */
export async function sshAuthorityAt(present: Files, phase: Phase): Promise<Files> {
  return isAt(present, phase) ? present : sshAuthority(present, phase);
}

function isAt(files: Files, phase: Phase): boolean {
  const has = (...names: string[]) => names.every((name) => files[name] !== undefined);
  if (!has('ca', 'ca.pub')) return false;
  if (phase === 'announced') return has('next-ca', 'next-ca.pub');
  return phase === phaseOf(files);
}

/** How far the replacement of an authority is, as far as its files show. */
export function phaseOf(files: Files): Phase {
  if (files['next-ca'] !== undefined) return 'announced';
  return files['old-ca.pub'] === undefined ? 'steady' : 'inUse';
}
