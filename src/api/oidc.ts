import { z } from 'zod';

/** `https://NAME`, or plain HTTP on the machine itself; no user, no query. */
const ORIGIN = String.raw`(https://([A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])|http://(localhost|127\.0\.0\.1|\[::1\]))(:[0-9]{1,5})?`;
const parses = (text: string) => URL.canParse(text);

const Issuer = z
  .string()
  .max(1000)
  .regex(new RegExp(`^${ORIGIN}(/[A-Za-z0-9._~%/-]*)?$`), {
    error: 'is no issuer: write the address that the provider gives, as in https://login.example/realms/acme',
    abort: true,
  })
  .refine(parses, 'is no address: correct it');
const PublicUrl = z
  .string()
  .max(300)
  .regex(new RegExp(`^${ORIGIN}/?$`), {
    error: 'is no address of a page: write it as in https://files.brazil.example, without anything behind it',
    abort: true,
  })
  .refine(parses, 'is no address: correct it');

const Group = z.string().min(1).max(256);
const Groups = z.array(Group).max(100);
const FolderGroups = z.strictObject({
  viewer: Groups.optional().describe('Who sees and downloads'),
  editor: Groups.optional().describe('Who changes too, and shares'),
  admin: Groups.optional().describe('Who also decides for others'),
});
const ClaimPath = z.string().min(1).max(256);

const fields = {
  issuer: Issuer.describe('The provider, as it calls itself: https://login.example/realms/acme'),
  clientId: z.string().min(1).max(256).describe('How the provider knows this page'),
  url: PublicUrl.describe(
    'How browsers reach this page. The provider must know URL/api/v1/session/oidc/callback as redirect URI',
  ),
  name: z
    .string()
    .min(1)
    .max(60)
    .optional()
    .describe('On the button "Sign in with …"; the host of the issuer if absent'),
  scopes: z
    .array(
      z
        .string()
        .max(100)
        .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'is no scope: write one word'),
    )
    .max(20)
    .optional()
    .describe('What is asked for besides openid; [profile] if absent'),
  nameClaim: ClaimPath.optional().describe('Claim with the name for lists and history; preferred_username if absent'),
  rolesClaim: ClaimPath.optional().describe(
    'Claim with the groups or roles of a person; "a.b" is b within a; groups if absent',
  ),
  admins: Groups.optional().describe('Values of rolesClaim whose holders may do everything at this page'),
  folders: z
    .record(z.string().min(1).max(63), FolderGroups)
    .refine((all) => Object.keys(all).length <= 256, 'has too many entries: keep at most 256')
    .meta({ maxProperties: 256 })
    .optional()
    .describe('By folder, "*" for all others: values of rolesClaim whose holders have a role there'),
  defaultRole: z
    .enum(['viewer', 'editor', 'none'])
    .optional()
    .describe('In all folders for which a person has no other role; none if absent: such a person is not let in'),
  sessionHours: z.int().min(1).max(168).optional().describe('After which a person signs in anew; 12 if absent'),
};

/** What stands in a Site: nothing secret. */
export const OidcSpec = z.strictObject({
  ...fields,
  url: PublicUrl.optional().describe(
    'How browsers reach this page; https:// and page.host if absent. The provider must know URL/api/v1/session/oidc/callback as redirect URI',
  ),
  secretName: z
    .string()
    .max(253)
    .regex(/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/, 'is no name of a Secret: write lowercase letters, digits, "-" and "."')
    .optional()
    .describe(
      'In pods: Secret whose key "client-secret" the provider gave, and "ca.crt" where it has an authority of its own',
    ),
});

/** How people sign in by OpenID Connect; the secret lies elsewhere. */
export const OidcSettings = z.strictObject(fields);
export type OidcSettings = z.infer<typeof OidcSettings>;

/** A site's own file for it, which may hold the secret too. */
export const OidcFile = z.strictObject({
  ...fields,
  clientSecret: z.string().min(1).max(1024).optional(),
});
