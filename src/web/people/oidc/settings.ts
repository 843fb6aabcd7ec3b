import { dirname } from 'node:path';
import { explain } from '../../../api/explain.ts';
import { fieldName } from '../../../api/field.ts';
import { OidcFile, type OidcSettings } from '../../../api/oidc.ts';
import { readIfThere } from '../../../base/files.ts';
import { InvalidInput } from '../../../base/problem.ts';
import { watchFiles } from '../../../base/watch-files.ts';
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
function readOidc({ file, secret: secretFile, authority, planned }: OidcSources): ProviderSettings | undefined {
  const text = readIfThere(file);
  const own = text === undefined ? undefined : parseOidcFile(text, file);
  const settings = own?.settings ?? planned();
  if (!settings) return undefined;
  const secret = own?.secret ?? readIfThere(secretFile)?.trim();
  const ca = readIfThere(authority);
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
 * Reads it again whenever a file or the plan has changed, until the signal aborts. While what is written is wrong the last good
 * settings count, and `trouble` is told why; undefined when all is well. The settings are the same object as long as they are the same.
 */
export function followOidc(
  sources: OidcSources,
  trouble: (why: string | undefined) => void,
  signal: AbortSignal,
): () => FollowedOidc {
  let planned: OidcSettings | undefined;
  let now: FollowedOidc = { settings: undefined, problem: undefined };

  function look(): Error | undefined {
    planned = sources.planned();
    let failure: Error | undefined;
    let { settings } = now;
    try {
      const read = readOidc(sources);
      if (JSON.stringify(read) !== JSON.stringify(settings)) settings = read;
    } catch (error) {
      failure = error as Error;
    }
    now = { settings, problem: failure?.message };
    trouble(now.problem);
    return failure;
  }
  const folders = [sources.file, sources.secret, sources.authority].map((file) => dirname(file));
  watchFiles(
    [...new Set(folders)],
    () => {
      const failure = look();
      // What is invalid somebody has to correct; anything else may pass.
      if (failure && !(failure instanceof InvalidInput)) throw failure;
    },
    signal,
  );
  return () => {
    if (sources.planned() !== planned) look();
    return now;
  };
}
