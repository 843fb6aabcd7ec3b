import { z } from 'zod';
import { FolderName, named, SiteName } from './common.ts';

/** viewer: sees and downloads. editor: changes too, and shares. admin: also decides for others. */
export const Role = z.enum(['viewer', 'editor', 'admin']);
export type Role = z.infer<typeof Role>;

export const SignIn = named(
  'SignIn',
  z.strictObject({ user: z.string().min(1).max(100), password: z.string().max(1024) }),
);
export type SignIn = z.infer<typeof SignIn>;

export const Session = named(
  'Session',
  z.object({
    site: SiteName,
    network: z.string(),
    /** Null: nobody is signed in. */
    user: z.object({ name: z.string(), admin: z.boolean(), folders: z.record(FolderName, Role) }).nullable(),
    /** Every request that changes something carries it in the header `x-csrf-token`. */
    csrf: z.string().nullable(),
  }),
);
export type Session = z.infer<typeof Session>;

export const Users = named(
  'Users',
  z.object({ users: z.array(z.object({ name: z.string(), admin: z.boolean(), folders: z.record(FolderName, Role) })) }),
);
export type Users = z.infer<typeof Users>;
