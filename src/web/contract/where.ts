import { z } from 'zod';
import {
  Count,
  Kind,
  named,
  OfficeProblem,
  OfficeState,
  Path,
  SiteName,
  Time,
  UnreachableOffice,
  VersionName,
  VersionState,
} from './common.ts';

/** One step of the route: `to` pulls from `from`. */
export const Hop = named(
  'Hop',
  z.object({
    from: SiteName,
    to: SiteName,
    /** The state of `to`. */
    state: VersionState,
    percent: z.number().int().min(0).max(100),
    bytesDone: Count,
    bytesTotal: Count,
    /** Bytes per second; null when nothing is being transferred. */
    rate: Count.nullable(),
    expectedSeconds: Count.nullable(),
    error: z.string().nullable(),
    /** The same as a code with parameters, for translation. */
    trouble: OfficeProblem.nullable(),
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
        state: OfficeState,
        /** From the origin to this office: at most child → hub → hub → child. Empty at the origin. */
        route: z.array(SiteName),
      }),
    ),
    /** Every step of every route, once. */
    hops: z.array(Hop),
    away: z.array(UnreachableOffice),
    /** When this was read. */
    asOf: Time,
  }),
);
export type Where = z.infer<typeof Where>;
