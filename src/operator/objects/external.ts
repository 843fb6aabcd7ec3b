import { basename } from 'node:path';
import { siteDir } from '../../base/site-dir.ts';
import { secretsText } from '../../topology/secrets.ts';
import type { KubeObject } from '../kube/object.ts';
import type { SiteInput } from './input.ts';
import { metadataOf } from './labels.ts';

/** Suffix of the Secret with the sealed bundles of a hub's external neighbours. */
export const BUNDLES = 'bundles';
/** In the Secret of an external site: the bundle that `sitesync bundle` prints. */
export const BUNDLE = 'bundle';

/** The maximum size of a Secret in bytes, less some for its metadata. */
const MOST_BYTES = 1_000_000;

/**
 * At a hub: the bundles that its external neighbours fetch. Empty without such a neighbour. Throws when they exceed one
 * Secret.
 */
export function bundlesSecret(input: SiteInput): KubeObject[] {
  const { plan, bundles = {} } = input;
  const entries = Object.entries(bundles);
  if (entries.length === 0) return [];
  const bytes = entries.reduce((sum, [, text]) => sum + text.length, 0);
  if (bytes > MOST_BYTES) {
    throw new Error(
      `the bundles of the ${entries.length} external sites that may connect to ${plan.site} have ${bytes} bytes, the maximum is ${MOST_BYTES}: spread these sites over more hubs`,
    );
  }
  return [secretOf(input, BUNDLES, bundles)];
}

/**
 * All that an external site has in the cluster: its keys, and the bundle with which it joins. Whoever can read this Secret
 * can act as that site; deleting it revokes what was issued.
 */
export function externalObjects(
  input: Pick<SiteInput, 'plan' | 'version' | 'keys' | 'secrets'>,
  bundle: string,
): KubeObject[] {
  const secrets = { [basename(siteDir('').secrets)]: secretsText(input.secrets) };
  return [secretOf(input, 'keys', { ...input.keys, ...secrets, [BUNDLE]: bundle })];
}

function secretOf(
  input: Pick<SiteInput, 'plan' | 'version'>,
  suffix: string,
  files: Record<string, string>,
): KubeObject {
  const data = Object.fromEntries(
    Object.entries(files).map(([name, text]) => [name, Buffer.from(text).toString('base64')]),
  );
  return { apiVersion: 'v1', kind: 'Secret', metadata: metadataOf(input, suffix), type: 'Opaque', data };
}
