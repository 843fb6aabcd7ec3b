import { existsSync, readFileSync, statSync } from 'node:fs';
import { explain } from '../../../api/explain.ts';
import { fieldName } from '../../../api/field.ts';
import { OidcFile, type OidcSettings } from '../../../api/oidc.ts';
import { InvalidInput } from '../../../base/problem.ts';
import { parseSecretYaml } from '../secret-yaml.ts';
import type { ProviderSettings } from './provider.ts';

/** Where it is said how people sign in by a provider. */
export interface OidcSources {
  /** The site's own file for it; where it is there it comes first. */
  file: string;
  /** The secret that the provider gave, in a file of its own. */
  secret: string;
  /** PEM: the authority of a provider that has one of its own. */
  authority: string;
  /** What the Site says. */
  planned: () => OidcSettings | undefined;
}

/** Reads the text of such a file. Throws {@link InvalidInput} with every problem of it. */
export function parseOidcFile(text: string, file: string): { settings: OidcSettings; secret?: string } {
  const result = OidcFile.safeParse(parseSecretYaml(text, file));
  if (!result.success)
    throw new InvalidInput(
      result.error.issues.map((issue) => ({ file, field: fieldName(issue.path), ...explain(issue) })),
    );
  const { clientSecret, ...settings } = result.data;
  return { settings, ...(clientSecret !== undefined && { secret: clientSecret }) };
}

/** Undefined: people do not sign in by a provider here. Throws what is wrong, in words. */
export function readOidc({ file, secret: secretFile, authority, planned }: OidcSources): ProviderSettings | undefined {
  const own = existsSync(file) ? parseOidcFile(readFileSync(file, 'utf8'), file) : undefined;
  const settings = own?.settings ?? planned();
  if (!settings) return undefined;
  const secret = own?.secret ?? textOf(secretFile)?.trim();
  const ca = textOf(authority);
  if (ca !== undefined && !ca.includes('-----BEGIN CERTIFICATE-----'))
    throw new InvalidInput([{ file: authority, reason: 'is not a certificate', remedy: 'Use PEM' }]);
  return { settings, ...(secret && { secret }), ...(ca !== undefined && { ca }) };
}

export interface FollowedOidc {
  /** The last good ones. */
  settings: ProviderSettings | undefined;
  /** Why what is written now does not count. */
  problem: string | undefined;
}

/**
 * Reads it again when a file or the plan has changed. What is wrong is told once, and the last good settings count. The
 * answer is the same object as long as nothing has changed.
 */
export function followOidc(sources: OidcSources, trouble: (why: string | undefined) => void): () => FollowedOidc {
  let seen: string | undefined;
  let now: FollowedOidc = { settings: undefined, problem: undefined };
  return () => {
    const marks = [sources.file, sources.secret, sources.authority].map(markOf);
    const mark = JSON.stringify([marks, sources.planned() ?? null]);
    if (mark === seen) return now;
    seen = mark;
    try {
      now = { settings: readOidc(sources), problem: undefined };
    } catch (error) {
      now = { settings: now.settings, problem: (error as Error).message };
    }
    trouble(now.problem);
    return now;
  };
}

const textOf = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : undefined);

function markOf(file: string): string {
  const { mtimeMs, ino, size } = statSync(file, { throwIfNoEntry: false }) ?? { mtimeMs: 0, ino: 0, size: 0 };
  return `${mtimeMs} ${ino} ${size}`;
}
