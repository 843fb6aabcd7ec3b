import { z } from 'zod';

/** A Kubernetes condition: the state of one aspect of an object. */
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

/** The status that the operator writes to a Site. */
export const SiteStatus = z.object({
  observedGeneration: Count.optional(),
  conditions: Conditions.optional(),
  role: z.enum(['hub', 'child']).optional(),
  hub: Text.optional().describe('Hub the site is connected to'),
  lag: Text.optional().describe(
    'Age of the oldest version that the site is missing, such as "3m"; "0s" below 30 s, "?" if unknown',
  ),
  behind: Text.optional().describe('What the site is missing, such as "12 files, 3.1 MB"; "-" if nothing for 30 s'),
  version: Text.optional(),
  lastContact: Text.optional().describe('"now" while connected, otherwise the time of the last heartbeat in RFC 3339'),
  disk: Text.optional().describe('Free disk space, such as "63% of 200Gi free"'),
  certificatesExpire: Text.optional().describe('Expiry of the first certificate to expire, in RFC 3339'),
  approveHeld: Text.optional().describe('Token of the last sitesync.dev/approve-held annotation that was processed'),
  rejectHeld: Text.optional().describe('Token of the last sitesync.dev/reject-held annotation that was processed'),
  rescan: Text.optional().describe('Token of the last sitesync.dev/rescan annotation that was processed'),
});
export type SiteStatus = z.infer<typeof SiteStatus>;

/** The status that the operator writes to a Hub. */
export const HubStatus = z.object({
  observedGeneration: Count.optional(),
  conditions: Conditions.optional(),
  address: Text.optional().describe('Address at which others reach the hub'),
  children: Count.optional(),
  connectedChildren: Count.optional(),
});
export type HubStatus = z.infer<typeof HubStatus>;

/** The status that the operator writes to a SyncFolder. */
export const SyncFolderStatus = z.object({
  observedGeneration: Count.optional(),
  conditions: Conditions.optional(),
  sites: Count.optional(),
  sitesInSync: Count.optional(),
  lag: Text.optional().describe('Largest lag of any site'),
});
export type SyncFolderStatus = z.infer<typeof SyncFolderStatus>;
