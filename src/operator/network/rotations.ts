import { z } from 'zod';
import { advanceRotation, IN_PODS, type Phase, type Rotation } from '../../topology/rotation.ts';
import type { KubeObject } from '../kube/object.ts';
import { MANAGED_BY } from '../objects/labels.ts';
import { isoSeconds } from '../status/format.ts';

/** The ConfigMap with the age of a network's keys and passwords, and the progress of their replacement. */
export const KEYS = 'sitesync-keys';
const STATE = 'rotations.json';

/** What is replaced for a whole network at once. */
const SUBJECTS = ['authority', 'passwords'] as const;
type Subject = (typeof SUBJECTS)[number];
export type Rotations = Record<Subject, Rotation>;

/** Annotation of that ConfigMap: a new token requests a replacement now, and is echoed in `rotated-…` when done. */
const requestAnnotation = (subject: Subject) => `sitesync.dev/rotate-${subject}`;

/** The maximum age in days of each kind. */
export interface KeyPolicy {
  certificateDays: number;
  authorityDays: number;
  passwordDays: number;
}

export const KEY_POLICY: KeyPolicy = { certificateDays: 90, authorityDays: 1825, passwordDays: 180 };

const DAY = 86_400_000;

const StoredRotation = z.object({
  phase: z.enum(['steady', 'announced', 'inUse']),
  since: z.int(),
  startedAt: z.int().optional(),
  followedSince: z.int().optional(),
  token: z.string().optional(),
});
const State = z.object({ authority: StoredRotation, passwords: StoredRotation });

/**
 * What an earlier reconciliation stored. If that was lost, the authority's files show the phase, and ages start anew.
 * @param shown the phase of the authority's replacement according to its files
 */
export function readRotations(configMap: KubeObject | undefined, shown: Phase, now: number): Rotations {
  const text = (configMap?.data as Record<string, string> | undefined)?.[STATE];
  const parsed = State.safeParse(text === undefined ? undefined : parseJson(text));
  if (parsed.success) return parsed.data as Rotations;
  return { authority: { phase: shown, since: now, startedAt: now }, passwords: { phase: 'steady', since: now } };
}

export interface RotationsFacts {
  configMap: KubeObject | undefined;
  policy: KeyPolicy;
  /** Sites that do not have their new files yet, sorted. */
  waitsFor: string[];
  /** The user supplies the authority, and replaces it. */
  supplied: boolean;
  now: number;
}

/** The rotations as they should be now: at most one step each. Pure. */
export function advance(
  rotations: Rotations,
  { configMap, policy, waitsFor, supplied, now }: RotationsFacts,
): Rotations {
  const turn = (subject: Subject, days: number) =>
    advanceRotation(
      rotations[subject],
      {
        now,
        followed: waitsFor.length === 0,
        maxAgeMs: days * DAY,
        request: configMap?.metadata.annotations?.[requestAnnotation(subject)]?.slice(0, 256) || undefined,
      },
      IN_PODS,
    );
  return {
    authority: supplied ? rotations.authority : turn('authority', policy.authorityDays),
    passwords: turn('passwords', policy.passwordDays),
  };
}

/** The ConfigMap: the state for the next reconciliation, and the same in readable form. */
export function rotationsObject(network: string, rotations: Rotations, facts: RotationsFacts): KubeObject {
  const done = SUBJECTS.flatMap((subject) => {
    const { phase, token } = rotations[subject];
    return phase === 'steady' && token !== undefined ? [[`rotated-${subject}`, token] as const] : [];
  });
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: KEYS, namespace: network, labels: { ...MANAGED_BY, 'app.kubernetes.io/part-of': network } },
    data: {
      authority: facts.supplied ? 'Supplied by you: you rotate it' : describe(rotations.authority, facts.waitsFor),
      passwords: describe(rotations.passwords, facts.waitsFor),
      ...Object.fromEntries(done),
      [STATE]: JSON.stringify(rotations),
    },
  };
}

const NAMED = 10;

function describe({ phase, since }: Rotation, waitsFor: string[]): string {
  const at = isoSeconds(since);
  if (phase === 'steady') return `In use since ${at}`;
  const rest = waitsFor.length > NAMED ? ` and ${waitsFor.length - NAMED} more` : '';
  const waits = waitsFor.length > 0 ? `; waiting for ${waitsFor.slice(0, NAMED).join(', ')}${rest}` : '';
  return phase === 'announced'
    ? `The new one is being distributed and not used yet, since ${at}${waits}`
    : `The new one is in use and the old one still accepted, since ${at}${waits}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
