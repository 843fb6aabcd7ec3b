import { z } from 'zod';
import { Away, Count, Kind, named, OfficeTrouble, Path, SiteName, Standing, Time, VersionName } from './common.ts';

/** One step of the way: `to` pulls from `from`. */
export const Hop = named(
  'Hop',
  z.object({
    from: SiteName,
    to: SiteName,
    /** How `to` stands. */
    state: Standing,
    percent: z.number().int().min(0).max(100),
    bytesDone: Count,
    bytesTotal: Count,
    /** Bytes per second; null when nothing moves. */
    rate: Count.nullable(),
    expectedSeconds: Count.nullable(),
    error: z.string().nullable(),
    /** The same, understood. */
    trouble: OfficeTrouble.nullable(),
    nextTry: Time.nullable(),
    since: Time.nullable(),
    /** A sentence. */
    next: z.string(),
  }),
);
export type Hop = z.infer<typeof Hop>;

export const Where = named(
  'Where',
  z.object({
    path: Path,
    head: z.object({
      version: VersionName,
      kind: Kind,
      size: Count,
      origin: SiteName,
      author: z.string(),
      detectedAt: Time,
    }),
    offices: z.array(
      z.object({
        site: SiteName,
        state: Standing,
        /** From where it was made to this office: at most child → hub → hub → child. Empty at the origin. */
        route: z.array(SiteName),
      }),
    ),
    /** Every step that some route takes, once. */
    hops: z.array(Hop),
    away: z.array(Away),
    /** When it was looked at. */
    asOf: Time,
  }),
);
export type Where = z.infer<typeof Where>;
