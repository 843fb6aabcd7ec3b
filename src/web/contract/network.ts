import { z } from 'zod';
import {
  ChangeKind,
  Count,
  Cursor,
  FolderName,
  Kind,
  Limit,
  Next,
  named,
  OfficeProblem,
  Path,
  SiteName,
  Time,
  VersionName,
  VersionState,
} from './common.ts';

export const Office = named(
  'Office',
  z.object({
    name: SiteName,
    role: z.enum(['hub', 'child']),
    /** The hub of a child. */
    hub: SiteName.nullable(),
    /** Whether what is said about it is current. */
    connected: z.boolean(),
    inSync: z.boolean(),
    replicating: z.boolean(),
    lagSeconds: Count,
    filesBehind: Count,
    bytesBehind: Count,
    /** Journal rows that have not reached its database, as far as it has said. */
    rowsBehind: Count,
    /** There is more than was counted. */
    more: z.boolean(),
    /** Time until it has everything, at the current rate; null when nothing is being transferred. */
    expectedSeconds: Count.nullable(),
    /** Bytes per second that it receives. */
    rate: Count,
    transfers: Count,
    conflicts: Count,
    held: Count,
    /** Files whose content is damaged and not repaired yet. */
    damaged: Count,
    /** When everything there had last been verified against its hashes; null when it never was, or it does not say. */
    verifiedAt: Time.nullable(),
    /** Null when it was never heard from. */
    lastContact: Time.nullable(),
    /** Null while it is not known: nothing was heard from it, or it is unreachable. */
    clockAheadSeconds: z.number().int().nullable(),
    disk: z.object({ free: Count, size: Count }),
    agentVersion: z.string(),
    troubles: z.array(OfficeProblem),
  }),
);
export type Office = z.infer<typeof Office>;

export const Network = named(
  'Network',
  z.object({
    reporter: SiteName,
    asOf: Time,
    offices: z.array(Office),
    links: z.array(
      z.object({
        from: SiteName,
        to: SiteName,
        kind: z.enum(['uplink', 'trunk']),
        up: z.boolean(),
        /** Bytes per second, both directions together. */
        rate: Count,
      }),
    ),
  }),
);
export type Network = z.infer<typeof Network>;

export const LacksQuery = z.object({ cursor: Cursor.optional(), limit: Limit });
export const Lacks = named(
  'Lacks',
  z.object({
    site: SiteName,
    files: z.array(
      z.object({
        folder: FolderName,
        path: Path,
        name: z.string(),
        kind: Kind,
        size: Count,
        version: VersionName,
        since: Time,
        state: VersionState,
        percent: z.number().int().optional(),
        expectedSeconds: Count.nullable(),
        error: z.string().nullable(),
        /** The same as a code with parameters, for translation. */
        trouble: OfficeProblem.nullable(),
      }),
    ),
    next: Next,
  }),
);
export type Lacks = z.infer<typeof Lacks>;

export const TimelineQuery = z.object({ cursor: Cursor.optional(), limit: Limit });
/** Newest first. */
export const Timeline = named(
  'Timeline',
  z.object({
    happenings: z.array(
      z.object({
        at: Time,
        site: SiteName,
        author: z.string(),
        what: ChangeKind,
        folder: FolderName,
        path: Path,
        name: z.string(),
        kind: Kind,
        size: Count,
        version: VersionName,
      }),
    ),
    next: Next,
  }),
);
export type Timeline = z.infer<typeof Timeline>;
