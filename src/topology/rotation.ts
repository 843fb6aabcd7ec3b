/**
 * How a secret that many sites share is replaced while they all go on: decisions only, of a time that the caller gives.
 *
 * - `steady`: there is one. It is used, and accepted.
 * - `announced`: the next one is accepted as well. Nobody uses it yet.
 * - `inUse`: the next one is used. The one before is still accepted.
 *
 * A phase ends when every site has what the phase gives it, so no two sites are more than one phase apart, and in phases that
 * follow each other what either uses the other accepts. A site that is not heard for `patienceMs` is not waited for: a pod
 * reads the newest files when it starts, and one secret less must not be kept for ever because of an office that is closed.
 *
 * The same three steps serve the certificate authorities (used = signs, accepted = trusted) and the passwords.
 */
export type Phase = 'steady' | 'announced' | 'inUse';

export interface Rotation {
  phase: Phase;
  /** Unix ms: when the phase began. The age of a steady secret counts from here. */
  since: number;
  /** Unix ms: when the change began that is under way. What was made since then is the next one. */
  startedAt?: number;
  /** Unix ms: since when every site has what this phase gives it. */
  followedSince?: number;
  /** The demand that was last taken up. */
  token?: string;
}

export interface RotationTiming {
  /** The processes of a site get their files one after the other: how long until the last one surely has them. */
  settleMs: number;
  /** How long a phase waits for sites that do not follow. */
  patienceMs: number;
}

const DAY = 86_400_000;
export const IN_PODS: RotationTiming = { settleMs: 5 * 60_000, patienceMs: 30 * DAY };

/** A secret gets its successor when this share of its age limit is over. */
const RENEW_AT = 2 / 3;

export interface RotationFacts {
  now: number;
  /** Every site has what the present phase gives it. */
  followed: boolean;
  maxAgeMs: number;
  /** What a person asks for: another token than the last one begins a change. */
  demand?: string | undefined;
}

/** The rotation as it is to be now: the very same object when nothing changes. At most one step. */
export function step(rotation: Rotation, facts: RotationFacts, timing: RotationTiming): Rotation {
  const { phase, since, followedSince, token } = rotation;
  const { now, followed, demand, maxAgeMs } = facts;
  if (phase === 'steady') {
    const demanded = demand !== undefined && demand !== token;
    if (!demanded && now - since < maxAgeMs * RENEW_AT) return rotation;
    return { phase: 'announced', since: now, startedAt: now, ...keep(demanded ? demand : token) };
  }
  if (now - since < timing.patienceMs) {
    if (!followed) return without(rotation);
    if (followedSince === undefined) return { ...rotation, followedSince: now };
    if (now - followedSince < timing.settleMs) return rotation;
  }
  if (phase === 'announced') return { ...without(rotation), phase: 'inUse', since: now };
  return { phase: 'steady', since: now, ...keep(token) };
}

/** Whether something made at `at` is the successor, not what is to be replaced. */
export const isNext = ({ startedAt }: Rotation, at: number | undefined) =>
  startedAt !== undefined && (at ?? 0) >= startedAt;

const keep = (token: string | undefined) => (token === undefined ? {} : { token });

function without(rotation: Rotation): Rotation {
  const { followedSince, ...rest } = rotation;
  return followedSince === undefined ? rotation : rest;
}
