import { z } from 'zod';
import type { OwnPlan, Roster } from '../topology/roster.ts';

/**
 * Everything that makes a plain machine a site of a network. The operator makes it for an external Site. It gives access to
 * exactly what that site may do, and to nothing once revoked.
 */
export const Bundle = z.object({
  network: z.string().min(1).max(63),
  site: z.string().min(1).max(40),
  /** Counts the bundles since the site last got new keys: a machine rejects one that is older than its own. */
  issue: z.int().min(1),
  /** Unix ms. */
  madeAt: z.int().min(0),
  /**
   * The key with which later bundles are sealed on their way through a hub: 32 bytes, base64. Changes when the site is
   * revoked.
   */
  renewal: z.string().regex(/^[A-Za-z0-9+/]{43}=$/),
  plan: z.custom<OwnPlan>(isObject),
  roll: z.custom<Roster>(isObject),
  /** Below the site's secrets/ directory. */
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

/** A bundle's content without issue and date, to compare bundles by. */
export const contentOf = ({ issue: _issue, madeAt: _madeAt, ...rest }: Bundle): string => JSON.stringify(rest);
