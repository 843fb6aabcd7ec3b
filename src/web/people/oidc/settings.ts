import { dirname } from 'node:path';
import { explainIssue } from '../../../api/explain.ts';
import { fieldName } from '../../../api/field.ts';
import { OidcFile, type OidcSettings } from '../../../api/oidc.ts';
import { readIfThere } from '../../../base/files.ts';
import { InvalidInput } from '../../../base/invalid-input.ts';
import { watchFiles } from '../../../base/watch-files.ts';
import { parseSecretYaml } from '../secret-yaml.ts';
import type { ProviderSettings } from './provider.ts';

/** Where sign-in with a provider is configured. */
export interface OidcSources {
  /** The site's own file, which takes precedence if it exists. */
  file: string;
  /** The client secret, in a file of its own. */
  secret: string;
  /** PEM: the private authority of a provider. */
  authority: string;
  /** The settings in the Site. */
  planned: () => OidcSettings | undefined;
}

/** Parses such a file. Throws {@link InvalidInput} with all its problems. */
export function parseOidcFile(text: string, file: string): { settings: OidcSettings; secret?: string } {
  const result = OidcFile.safeParse(parseSecretYaml(text, file));
  if (!result.success)
    throw new InvalidInput(
      result.error.issues.map((issue) => ({ file, field: fieldName(issue.path), ...explainIssue(issue) })),
    );
  const { clientSecret, ...settings } = result.data;
  return { settings, ...(clientSecret !== undefined && { secret: clientSecret }) };
}

/** Undefined: there is no provider here. Throws what is wrong. */
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
  /** The last valid ones. */
  settings: ProviderSettings | undefined;
  /** Why the current configuration is not used. */
  problem: string | undefined;
}

/**
 * Reloads the settings whenever a file or the plan changes, until the signal is aborted. While they are invalid the last
 * valid ones stay in use, and `trouble` is called with the reason; with undefined when all is well. Equal settings are the
 * same object.
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
      // Somebody must fix invalid settings; other errors may go away, so retry.
      if (failure && !(failure instanceof InvalidInput)) throw failure;
    },
    signal,
  );
  return () => {
    if (sources.planned() !== planned) look();
    return now;
  };
}
