import { z } from 'zod';
import { FolderName, named, SiteName, Time } from './common.ts';

/** viewer: may browse and download. editor: may also change and share. admin: may also decide for others. */
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
    /** Every request that changes something sends it in the header `x-csrf-token`. */
    csrf: z.string().nullable(),
    signIn: z.object({
      /** Whether users can sign in with name and password. */
      password: z.boolean(),
      /** The OpenID Connect provider with which users can sign in too; null: none. */
      provider: z
        .object({
          name: z.string(),
          /** Where the browser goes to sign in; with `to`, the address of the screen to return to. */
          start: z.string(),
          state: z.enum(['ready', 'unreachable', 'misconfigured']),
        })
        .nullable(),
    }),
  }),
);
export type Session = z.infer<typeof Session>;

export const Users = named(
  'Users',
  z.object({
    users: z.array(
      z.object({
        name: z.string(),
        admin: z.boolean(),
        folders: z.record(FolderName, Role),
        /** When the provider last vouched for the user; null for this site's own users. */
        seen: Time.nullable(),
      }),
    ),
  }),
);
export type Users = z.infer<typeof Users>;

export const SignedOut = named(
  'SignedOut',
  z.object({ provider: z.string().nullable().describe('Where one signs out of the provider as well') }),
);
export type SignedOut = z.infer<typeof SignedOut>;

/** Why nobody was signed in when the provider redirected back: the query `sign-in` of the screen that is shown. */
export const SignInTrouble = z.enum(['stale', 'denied', 'no-rights', 'unreachable', 'refused', 'busy']);
export type SignInTrouble = z.infer<typeof SignInTrouble>;

export const StartQuery = z.object({ to: z.string().max(12_300).optional() });
