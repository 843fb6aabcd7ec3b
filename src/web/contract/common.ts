import { z } from 'zod';

/** Every named schema of the contract: the components of the OpenAPI document. */
export const components = z.registry<{ id: string }>();

/** Registers a schema under its name in the OpenAPI document. */
export function named<T extends z.ZodType>(id: string, schema: T): T {
  components.add(schema, { id });
  return schema;
}

/**
 * A path relative to its folder; '' is the folder itself. In JSON every byte outside of `A-Z a-z 0-9 - . _ ~ /` is %XX:
 * names are bytes and need not be UTF-8. This text can be used in the query of a URL as it is.
 */
export const Path = z.string().max(12_300).describe('relative path; every byte outside of A-Za-z0-9-._~/ is %XX');
export const SiteName = z.string().max(63);
export const FolderName = z.string().max(63);
/** `ORIGIN.SEQ`, for example `brazil.42`. */
export const VersionName = z.string().max(80);
/** ISO 8601, UTC. */
export const Time = z.string().max(40);
export const Count = z.number().int().min(0);
export const Kind = z.enum(['file', 'dir', 'symlink', 'deleted']);
export type Kind = z.infer<typeof Kind>;

/** The values for a sentence's placeholders, by name. */
const Params = z.record(z.string(), z.union([z.string(), z.number()]));

/**
 * RFC 9457. `detail` is a sentence for people, in English: what is wrong and what to do. Errors that users of the page may
 * see also have a stable `code`, and `params` for the sentence in other languages.
 */
export const Problem = named(
  'Problem',
  z.object({
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    code: z.string().optional(),
    params: Params.optional(),
  }),
);
export type Problem = z.infer<typeof Problem>;

/**
 * Something wrong at an office and what to do about it: in English, and as a code for other languages. Named OfficeTrouble
 * in the API.
 */
export const OfficeProblem = named(
  'OfficeTrouble',
  z.object({ code: z.string(), params: Params, reason: z.string(), remedy: z.string() }),
);
export type OfficeProblem = z.infer<typeof OfficeProblem>;

/** Cursors are opaque; `next` of an answer requests the next page, and is null on the last one. */
export const Cursor = z.string().max(16_000);
export const Next = Cursor.nullable();
export const Limit = z.coerce.number().int().min(1).max(1000).default(200);
export const Flag = z.enum(['true', 'false']).default('false');

/**
 * What a version did to its path. settledThis: a conflict was resolved, and the file stayed as it was; settledThat: it
 * became what was kept beside it.
 */
export const ChangeKind = z.enum(['made', 'changed', 'deleted', 'settledThis', 'settledThat']);
export type ChangeKind = z.infer<typeof ChangeKind>;

/** The state of an office with respect to one version. */
export const VersionState = z.enum(['has', 'waiting', 'transfer', 'failing']);
export type VersionState = z.infer<typeof VersionState>;

/** held: a change on its disk waits for approval there, so it has something else. Only the office itself says so. */
export const OfficeState = z.enum([...VersionState.options, 'held']);
export type OfficeState = z.infer<typeof OfficeState>;

/** An office that cannot be reached now: what is shown about it is as of the last contact; null: there never was one. */
export const UnreachableOffice = named('Away', z.object({ site: SiteName, lastContact: Time.nullable() }));
export type UnreachableOffice = z.infer<typeof UnreachableOffice>;

/** An office that does not have the version: offices that have it are not listed. */
export const Mark = named(
  'Mark',
  z.object({
    site: SiteName,
    state: OfficeState.exclude(['has']),
    percent: z.number().int().min(0).max(99).optional().describe('of the bytes, when in transfer'),
    below: Count.optional().describe('entries below a directory that it does not have'),
  }),
);
export type Mark = z.infer<typeof Mark>;
