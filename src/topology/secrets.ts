import { randomBytes } from 'node:crypto';
import type { LinkPasswords, SiteSecrets } from '../base/site-dir.ts';
import { isNext, type Rotation } from './rotation.ts';
import type { SitePlan } from './site-plan.ts';

/** A random password. */
const newPassword = () => randomBytes(24).toString('base64url');

/** The content of a site's secrets.json. */
export const secretsText = (secrets: SiteSecrets) => `${JSON.stringify(secrets, null, 2)}\n`;

export interface SecretsOptions {
  /** The progress of a rotation of all passwords; absent when there is none. */
  rotation?: Rotation;
  make?: () => string;
  /** Sites that get new passwords at both ends of all their links: their old ones are revoked. */
  renewed?: Set<string>;
  /** The sites expose their status to an operator, for which each has a token. */
  exposed?: boolean;
}

const STEADY: Rotation = { phase: 'steady', since: 0 };

/**
 * The secrets of all sites: keeps what is in `known`, makes what a new site or link needs, drops what no link needs any
 * more, and replaces passwords as far as `rotation` has got. A neighbour's outbound passwords are always the other's
 * inbound ones. Idempotent.
 */
export function completeSecrets(
  plans: SitePlan[],
  known: Map<string, SiteSecrets>,
  options: SecretsOptions = {},
): Map<string, SiteSecrets> {
  const { rotation = STEADY, make = newPassword, renewed = new Set() } = options;
  const logins = new Map<string, Map<string, Login>>();
  for (const { site, links } of plans) {
    const { inbound = {}, alsoInbound = {} } = known.get(site) ?? {};
    const peers = links.map((link) => link.peer).sort();
    logins.set(
      site,
      new Map(
        peers.map((peer) => {
          const had = renewed.has(peer) || renewed.has(site) ? [] : [inbound[peer], alsoInbound[peer]];
          return [peer, turn(had, rotation, () => fresh(make))];
        }),
      ),
    );
  }
  return new Map(
    plans.map(({ site }) => {
      const mine = [...logins.get(site)!];
      const also = mine.flatMap(([peer, login]) => (login.also ? [[peer, login.also] as const] : []));
      return [
        site,
        {
          ...ownSecrets(known.get(site) ?? {}, options),
          inbound: Object.fromEntries(mine.map(([peer, { used }]) => [peer, used])),
          ...(also.length > 0 && { alsoInbound: Object.fromEntries(also) }),
          outbound: Object.fromEntries(mine.map(([peer]) => [peer, outboundTo(logins, peer, site)])),
        },
      ];
    }),
  );
}

/** How a neighbour logs in: what it uses, and what is accepted too. */
interface Login {
  used: LinkPasswords;
  also?: LinkPasswords;
}

const fresh = (make: () => string): LinkPasswords => ({ mysqlPassword: make(), rsyncPassword: make() });

/** During a rotation, what was made since its start is the newer one: first accepted, then used. */
function turn(known: (LinkPasswords | undefined)[], rotation: Rotation, make: () => LinkPasswords): Login {
  const { phase, startedAt } = rotation;
  if (phase === 'steady' || startedAt === undefined) return { used: known[0] ?? make() };
  const present = known.filter((one) => one !== undefined);
  const old = present.find((one) => !isNext(rotation, one.since));
  const next = present.find((one) => isNext(rotation, one.since)) ?? { ...make(), since: startedAt };
  if (!old) return { used: next };
  return phase === 'announced' ? { used: old, also: next } : { used: next, also: old };
}

/**
 * Secrets that no neighbour needs. Agent and command line reread their own, so these change at once; the operator uses the
 * token that the agent certainly has.
 */
function ownSecrets(
  known: Partial<SiteSecrets>,
  { rotation = STEADY, make = newPassword, exposed = false }: SecretsOptions,
): Omit<SiteSecrets, 'inbound' | 'outbound' | 'alsoInbound'> {
  const { phase, startedAt } = rotation;
  const { agentPassword = make(), apiToken = make(), since } = known;
  const token = exposed ? (known.operatorToken ?? make()) : undefined;
  const renewed = phase === 'inUse' && !isNext(rotation, since);
  if (renewed) {
    const next = exposed ? (known.alsoOperatorToken ?? make()) : undefined;
    return ownIn({ agentPassword: make(), apiToken: make(), token: next, also: token, since: startedAt });
  }
  const also = phase === 'announced' && exposed && !isNext(rotation, since) ? make() : undefined;
  const kept = phase === 'steady' ? undefined : (known.alsoOperatorToken ?? also);
  return ownIn({ agentPassword, apiToken, token, also: kept, since });
}

/** In a fixed order: equal secrets have equal text. */
function ownIn(own: {
  agentPassword: string;
  apiToken: string;
  token: string | undefined;
  also: string | undefined;
  since: number | undefined;
}) {
  const { agentPassword, apiToken, token, also, since } = own;
  return {
    agentPassword,
    apiToken,
    ...(token !== undefined && { operatorToken: token }),
    ...(also !== undefined && { alsoOperatorToken: also }),
    ...(since !== undefined && { since }),
  };
}

/** What `site` uses at `peer`. A link connects two sites of one plan, so both ends have an entry. */
function outboundTo(logins: Map<string, Map<string, Login>>, peer: string, site: string): LinkPasswords {
  const found = logins.get(peer)?.get(site);
  if (!found) throw new Error(`the plan of ${peer} has no link to ${site}, but that of ${site} has one to ${peer}`);
  return found.used;
}
