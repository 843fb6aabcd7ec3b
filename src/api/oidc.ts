import { z } from 'zod';

/** `https://NAME`, or plain HTTP on the machine itself; no user, no query. */
const ORIGIN = String.raw`(https://([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])|http://(localhost|127\.0\.0\.1|\[::1\]))(:[0-9]{1,5})?`;
const parses = (text: string) => URL.canParse(text);

const Issuer = z
  .string()
  .max(1000)
  .regex(new RegExp(`^${ORIGIN}(/[A-Za-z0-9._~%/-]*)?$`), {
    error: 'is not an issuer: use the address given by the provider, such as https://login.example/realms/acme',
    abort: true,
  })
  .refine(parses, 'is not a valid address: correct it');
const PublicUrl = z
  .string()
  .max(300)
  .regex(new RegExp(`^${ORIGIN}/?$`), {
    error: 'is not the address of a page: write it like https://files.brazil.example, without a path',
    abort: true,
  })
  .refine(parses, 'is not a valid address: correct it');

const Group = z.string().min(1).max(256);
const Groups = z.array(Group).max(100);
const FolderGroups = z.strictObject({
  viewer: Groups.optional().describe('Groups that may browse and download'),
  editor: Groups.optional().describe('Groups that may also change and share files'),
  admin: Groups.optional().describe('Groups that may also manage the shares of others'),
});
const ClaimPath = z.string().min(1).max(256);

const fields = {
  issuer: Issuer.describe('Issuer URL of the provider, such as https://login.example/realms/acme'),
  clientId: z.string().min(1).max(256).describe('Client ID of this page at the provider'),
  url: PublicUrl.describe(
    'Address at which browsers reach this page. Register URL/api/v1/session/oidc/callback as redirect URI',
  ),
  name: z
    .string()
    .min(1)
    .max(60)
    .optional()
    .describe('Name shown on the button "Sign in with …". Defaults to the host of the issuer'),
  scopes: z
    .array(
      z
        .string()
        .max(100)
        .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'is not a scope: use a single word'),
    )
    .max(20)
    .optional()
    .describe('Scopes to request besides openid. Defaults to [profile]'),
  nameClaim: ClaimPath.optional().describe(
    'Claim with the user name shown in lists and history. Defaults to preferred_username',
  ),
  rolesClaim: ClaimPath.optional().describe(
    'Claim with the groups or roles of the user; "a.b" is b inside a. Defaults to groups',
  ),
  admins: Groups.optional().describe('Values of rolesClaim that grant all rights on this page'),
  folders: z
    .record(z.string().min(1).max(63), FolderGroups)
    .refine((all) => Object.keys(all).length <= 256, 'has too many entries: keep at most 256')
    .meta({ maxProperties: 256 })
    .optional()
    .describe('Values of rolesClaim that grant a role, by folder; "*" for all other folders'),
  defaultRole: z
    .enum(['viewer', 'editor', 'none'])
    .optional()
    .describe(
      'Role in folders for which the user has no other role. Defaults to none; users without any role cannot sign in',
    ),
  sessionHours: z
    .int()
    .min(1)
    .max(168)
    .optional()
    .describe('Hours after which users must sign in again. Defaults to 12'),
};

/** The part in a Site: nothing secret. */
export const OidcSpec = z.strictObject({
  ...fields,
  url: PublicUrl.optional().describe(
    'Address at which browsers reach this page. Defaults to https:// plus page.host. Register URL/api/v1/session/oidc/callback as redirect URI',
  ),
  secretName: z
    .string()
    .max(253)
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'is not a valid Secret name: use lowercase letters, digits, "-" and "."')
    .optional()
    .describe('In pods: Secret with the provider\'s "client-secret", and "ca.crt" if it uses a private authority'),
});

/** How users sign in with OpenID Connect; the secret is stored elsewhere. */
export const OidcSettings = z.strictObject(fields);
export type OidcSettings = z.infer<typeof OidcSettings>;

/** A site's own settings file, which may contain the secret too. */
export const OidcFile = z.strictObject({
  ...fields,
  clientSecret: z.string().min(1).max(1024).optional(),
});
