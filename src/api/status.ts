import { z } from 'zod';

/** As in Kubernetes: what is said about one aspect of an object. */
export const Condition = z.object({
  type: z.string().min(1).max(316),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().min(1).max(1024),
  message: z.string().max(32_768),
  observedGeneration: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
  lastTransitionTime: z.string().max(64),
});
export type Condition = z.infer<typeof Condition>;

const Conditions = z
  .array(Condition)
  .max(16)
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] });
const Text = z.string().max(1024);
const Count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** What the operator says of a Site. */
export const SiteStatus = z.object({
  observedGeneration: Count.optional(),
  conditions: Conditions.optional(),
  role: z.enum(['hub', 'child']).optional(),
  /** The hub that hears it now. */
  hub: Text.optional(),
  /** Age of the oldest version that it should hold and does not: "3m"; "?" while it cannot be seen. */
  lag: Text.optional(),
  /** "12 files, 3.1 MB". */
  behind: Text.optional(),
  version: Text.optional(),
  /** "now" while it is heard; otherwise when it last was, in RFC 3339. */
  lastContact: Text.optional(),
  /** "63% of 200Gi free". */
  disk: Text.optional(),
  /** When the first of its certificates expires, in RFC 3339. */
  certificatesExpire: Text.optional(),
  /** Token of the last sitesync.dev/rescan annotation that was passed on. */
  rescan: Text.optional(),
});
export type SiteStatus = z.infer<typeof SiteStatus>;

/** What the operator says of a Hub. */
export const HubStatus = z.object({
  observedGeneration: Count.optional(),
  conditions: Conditions.optional(),
  /** How others reach it. */
  address: Text.optional(),
  children: Count.optional(),
  connectedChildren: Count.optional(),
});
export type HubStatus = z.infer<typeof HubStatus>;

/** What the operator says of a SyncFolder. */
export const SyncFolderStatus = z.object({
  observedGeneration: Count.optional(),
  conditions: Conditions.optional(),
  sites: Count.optional(),
  sitesInSync: Count.optional(),
  /** Of the site that lags most. */
  lag: Text.optional(),
});
export type SyncFolderStatus = z.infer<typeof SyncFolderStatus>;
