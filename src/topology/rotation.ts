/**
 * How a secret that many sites share is replaced without interruption. Decisions only; the caller supplies the time.
 * - `steady`: there is one. It is used and accepted.
 * - `announced`: the next one is accepted too, but nobody uses it yet.
 * - `inUse`: the next one is used. The previous one is still accepted.
 *
 * A phase ends when every site has its files, so no two sites are more than one phase apart, and in consecutive phases each
 * accepts what the other uses. A site that is not heard for `patienceMs` is no longer waited for: a pod reads the latest
 * files when it starts, and an old secret must not be kept forever because an office is closed.
 *
 * The same three phases serve the certificate authorities (used = signs, accepted = trusted) and the passwords.
 */
export type Phase = 'steady' | 'announced' | 'inUse';

export interface Rotation {
  phase: Phase;
  /** Unix ms: when the phase began. The age of a steady secret counts from here. */
  since: number;
  /** Unix ms: when the current rotation began. What was made since then is the next one. */
  startedAt?: number;
  /** Unix ms: since when every site has the files of this phase. */
  followedSince?: number;
  /** The last request for a rotation that was honoured. */
  token?: string;
}

export interface RotationTiming {
  /** How long until the last process of a site surely has its files: they are delivered one after another. */
  settleMs: number;
  /** How long a phase waits for sites that do not follow. */
  patienceMs: number;
}

const DAY = 86_400_000;
export const IN_PODS: RotationTiming = { settleMs: 5 * 60_000, patienceMs: 30 * DAY };

/** A secret is replaced when this share of its maximum age has passed. */
const RENEW_AT = 2 / 3;

export interface RotationFacts {
  now: number;
  /** Every site has the files of the present phase. */
  followed: boolean;
  maxAgeMs: number;
  /** The token of a user's request: a new one starts a rotation. */
  request?: string | undefined;
}

/** The rotation as it should be now: the same object if nothing changes. At most one step. */
export function advanceRotation(rotation: Rotation, facts: RotationFacts, timing: RotationTiming): Rotation {
  const { phase, since, followedSince, token } = rotation;
  const { now, followed, request, maxAgeMs } = facts;
  if (phase === 'steady') {
    const demanded = request !== undefined && request !== token;
    if (!demanded && now - since < maxAgeMs * RENEW_AT) return rotation;
    return { phase: 'announced', since: now, startedAt: now, ...keep(demanded ? request : token) };
  }
  if (now - since < timing.patienceMs) {
    if (!followed) return without(rotation);
    if (followedSince === undefined) return { ...rotation, followedSince: now };
    if (now - followedSince < timing.settleMs) return rotation;
  }
  if (phase === 'announced') return { ...without(rotation), phase: 'inUse', since: now };
  return { phase: 'steady', since: now, ...keep(token) };
}

/** Whether something made at `at` is the successor rather than what is being replaced. */
export const isNext = ({ startedAt }: Rotation, at: number | undefined) =>
  startedAt !== undefined && (at ?? 0) >= startedAt;

const keep = (token: string | undefined) => (token === undefined ? {} : { token });

function without(rotation: Rotation): Rotation {
  const { followedSince, ...rest } = rotation;
  return followedSince === undefined ? rotation : rest;
}
