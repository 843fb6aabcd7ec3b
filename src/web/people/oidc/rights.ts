import type { OidcSettings } from '../../../api/oidc.ts';
import { Role } from '../../contract/session.ts';

/** What a provider says about a user. Untrusted input. */
export type Claims = Record<string, unknown>;

const MAX_GROUPS = 2000;
const MAX_LENGTH = 256;

/** A claim by its name; "a.b" is b inside a, unless there is a claim with exactly that name. Pure. */
export function claimAt(claims: Claims, path: string): unknown {
  if (Object.hasOwn(claims, path)) return claims[path];
  let at: unknown = claims;
  for (const part of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Claims)[part];
  }
  return at;
}

/** The user's groups that the settings mention; the others are not kept. Pure. */
export function groupsOf(settings: OidcSettings, claims: Claims): string[] {
  const claim = claimAt(claims, settings.rolesClaim ?? 'groups');
  const all = typeof claim === 'string' ? [claim] : Array.isArray(claim) ? claim.slice(0, MAX_GROUPS) : [];
  const named = new Set([
    ...(settings.admins ?? []),
    ...Object.values(settings.folders ?? {}).flatMap((roles) => Object.values(roles).flat()),
  ]);
  const texts = all.filter((one): one is string => typeof one === 'string' && one.length <= MAX_LENGTH);
  return [...new Set(texts)].filter((one) => named.has(one));
}

export interface Rights {
  admin: boolean;
  folders: Record<string, Role>;
}

/**
 * What a user with these groups may do; undefined: not even sign in. In a folder the highest role counts. As in a users
 * file, a role for a folder takes precedence over the one for "*", even if it is lower. Pure.
 */
export function rightsOf(settings: OidcSettings, groups: string[]): Rights | undefined {
  const holds = (wanted: string[] = []) => wanted.some((one) => groups.includes(one));
  const highest = Role.options.toReversed();
  const roles = Object.entries(settings.folders ?? {}).flatMap(([folder, by]) => {
    const role = highest.find((one) => holds(by[one]));
    return role ? [[folder, role] as const] : [];
  });
  const { defaultRole = 'none' } = settings;
  const folders = Object.fromEntries<Role>([
    ...(defaultRole === 'none' ? [] : [['*', defaultRole] as const]),
    ...roles,
  ]);
  const admin = holds(settings.admins);
  return admin || Object.keys(folders).length > 0 ? { admin, folders } : undefined;
}
