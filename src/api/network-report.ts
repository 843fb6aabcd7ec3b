import { z } from 'zod';
import { withCodes } from '../problems/previous-release.ts';
import { reported } from '../problems/reported.ts';

/** Maximum number of problems, and of reasons, in a heartbeat. */
export const PROBLEMS = 5;
export const REASONS = 3;

const Fields = z.object({
  /** Neighbours from which rows arrive. */
  peers: z.array(z.string().max(63)).max(2000).default([]),
  connected: z.boolean().default(false),
  inSync: z.boolean().default(false),
  /** Why it is not in sync, lasting reasons first. Absent from older agents. */
  notInSync: reported(REASONS).optional(),
  /** The same as sentences, for agents of the previous release. */
  reasons: z.array(z.string().max(300)).max(REASONS).optional(),
  /** Whether every channel that should run does. */
  replicating: z.boolean().default(true),
  conflicts: z.int().min(0).default(0),
  held: z.int().min(0).default(0),
  /** Files whose content is damaged and not repaired yet. Absent from older agents. */
  damaged: z.int().min(0).default(0),
  /** Unix ms: when everything there had last been verified. Absent: not yet, or an older agent. */
  verifiedAt: z.int().optional(),
  problems: reported(PROBLEMS).optional(),
  /** The same as sentences, for agents of the previous release. */
  errors: z.array(z.string().max(300)).max(PROBLEMS).default([]),
  /** Hash of the plan in use there. Absent from older agents. */
  plan: z.string().max(16).optional(),
  /** Hash of the keys and passwords in use there. Absent from older agents. */
  keys: z.string().max(16).optional(),
  /** Of an external site: identifies the machine. */
  instance: z.string().max(64).optional(),
  /** The latest incarnations of its database, as `id@first number`. Absent from older agents. */
  incarnations: z.array(z.string().max(64)).max(8).optional(),
  /** Whether its neighbours can feel that its agent works. Absent from older agents. */
  pulse: z.boolean().optional(),
  /** Bytes per second that arrive there over the slowest line it has measured. Absent: all are fast, or an older agent. */
  slowestLine: z.int().min(1).optional(),
  /** Unix ms: when the first of its certificates expires. */
  validUntil: z.int().optional(),
});

/**
 * What a site says about itself in its heartbeat. Compact, because every site's travels over every link. Sentences from
 * agents of the previous release get their codes when they are parsed.
 */
export const Summary = Fields.transform(withCodes);
export type Summary = z.infer<typeof Summary>;

const Count = z.int().min(0);

/** What one site knows about a site of its network, itself or another. */
export const SiteReport = z.object({
  name: z.string().max(63),
  role: z.enum(['hub', 'child']),
  /** The neighbouring hub that receives rows of this site; null when none does, and for the reporter itself. */
  via: z.string().max(63).nullable(),
  /** Whether this is current: it is the reporter, or a hub hears it. */
  connected: z.boolean(),
  inSync: z.boolean(),
  /** Age of the oldest version that it lacks. */
  lagSeconds: Count,
  filesBehind: Count,
  bytesBehind: Count,
  /** Journal rows that the reporter has and that this site has not confirmed. Absent from older agents. */
  rowsBehind: Count.optional(),
  /** Whether there is more than was counted. */
  more: z.boolean(),
  /** The same for each folder that lacks something. */
  folders: z.record(z.string().max(63), z.object({ lagSeconds: Count, filesBehind: Count, bytesBehind: Count })),
  summary: Summary,
  version: z.string().max(32),
  disk: z.object({ free: Count, size: Count }),
  /** Unix ms by its own clock: its latest heartbeat; 0 = never heard. */
  beatAt: Count,
  /** Unix ms by the reporter's clock: when that heartbeat arrived; 0 = never. Absent from older agents. */
  heardAt: Count.optional(),
  /** How far its clock is ahead of the reporter's; an estimate, 0 while they differ by less than half a minute. */
  clockAheadSeconds: z.int().optional(),
});
export type SiteReport = z.infer<typeof SiteReport>;

/** The network as one site sees it, from its own database alone. */
export const NetworkReport = z.object({
  reporter: z.string().max(63),
  /** Unix ms. */
  at: Count,
  beatSeconds: z.number().positive(),
  sites: z.array(SiteReport).max(5000),
});
export type NetworkReport = z.infer<typeof NetworkReport>;
