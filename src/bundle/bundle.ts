import { z } from 'zod';
import type { OwnPlan, Roster } from '../topology/roster.ts';

/**
 * Everything with which a plain machine is a site of a network. Made by the operator for a Site that is external; what it holds
 * opens exactly what that site may do, and nothing when it was revoked.
 */
export const Bundle = z.object({
  network: z.string().min(1).max(63),
  site: z.string().min(1).max(40),
  /** Counts the bundles of this site since it last got new keys: a machine takes none that is older than the one it has. */
  issue: z.int().min(1),
  /** Unix ms. */
  madeAt: z.int().min(0),
  /** With this key later bundles are sealed on their way through a hub: 32 bytes, base64. It changes when the site is revoked. */
  renewal: z.string().regex(/^[A-Za-z0-9+/]{43}=$/),
  plan: z.custom<OwnPlan>(isObject),
  roll: z.custom<Roster>(isObject),
  /** Below the site's folder secrets/. */
  files: z.strictObject({
    user_key: z.string().min(1),
    'user_key-cert.pub': z.string().min(1),
    'ca.pub': z.string().min(1),
    known_hosts: z.string().min(1),
    'secrets.json': z.string().min(1),
  }),
});
export type Bundle = z.infer<typeof Bundle>;

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What a bundle says, without what counts and dates it: two that say the same are one. */
export const sayingOf = ({ issue: _issue, madeAt: _madeAt, ...rest }: Bundle): string => JSON.stringify(rest);
