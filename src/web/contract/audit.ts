import { z } from 'zod';
import { FolderName, Next, named, Path, Time } from './common.ts';

/**
 * signInRefused: too many attempts. linkRefused: a wrong password for a link. linkUsed: something was downloaded by a link.
 * linkDropped: a file was uploaded by one.
 */
export const AuditWhat = z.enum([
  'signedIn',
  'signInFailed',
  'signInRefused',
  'signedOut',
  'shareMade',
  'shareRevoked',
  'linkRefused',
  'linkUsed',
  'linkDropped',
]);
export type AuditWhat = z.infer<typeof AuditWhat>;

export const AuditRecord = named(
  'AuditRecord',
  z.object({
    at: Time,
    what: AuditWhat,
    /** Whose name was given, or who made the link. */
    user: z.string(),
    /** Where the request came from. */
    address: z.string(),
    folder: FolderName.optional(),
    path: Path.optional(),
    /** Id of a share. */
    share: z.string().optional(),
  }),
);
export type AuditRecord = z.infer<typeof AuditRecord>;

export const AuditQuery = z.object({
  cursor: z.coerce.number().int().min(0).max(1_000_000).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});
/** The newest first. */
export const AuditLog = named('AuditLog', z.object({ records: z.array(AuditRecord), next: Next }));
export type AuditLog = z.infer<typeof AuditLog>;
