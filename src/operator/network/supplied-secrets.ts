import type { Site } from '../../api/schema.ts';
import { createMemo } from '../../base/memo.ts';
import type { Files } from '../keys/scratch.ts';
import type { KubeClient } from '../kube/client.ts';
import { isNotFound, KubeError } from '../kube/error.ts';
import { type KubeObject, objectPath } from '../kube/object.ts';
import { filesOf } from '../kube/secret.ts';

/** A Secret that a user supplies: what it holds, or why that is unknown. */
export type SuppliedSecret = { secret: string; files: Files } | { secret: string; failure: string };

/** What a Site names in spec.keys. */
export interface SuppliedKeys {
  ssh?: SuppliedSecret;
  tls?: SuppliedSecret;
}

/** Secrets that are not ours are not in the informers: each is cached for this long. */
const BELIEVED_MS = 60_000;

export interface SuppliedSecrets {
  /** What the spec.keys of each site names. Rejects when the API server does not respond. */
  read(network: string, sites: Site[]): Promise<Map<string, SuppliedKeys>>;
}

export function createSuppliedSecrets(client: KubeClient, now: () => number): SuppliedSecrets {
  // A missing Secret is not cached: it may be created at any moment.
  const memo = createMemo<SuppliedSecret>(BELIEVED_MS, now, (secret) => 'files' in secret);
  const suppliedSecret = (network: string, secret: string) =>
    memo.get(`${network}/${secret}`, () => ask(network, secret));

  async function ask(network: string, secret: string): Promise<SuppliedSecret> {
    try {
      const path = objectPath({ apiVersion: 'v1', kind: 'Secret', metadata: { name: secret, namespace: network } });
      return { secret, files: filesOf(await client.request<KubeObject>({ method: 'GET', path })) };
    } catch (error) {
      if (isNotFound(error)) return { secret, failure: 'it does not exist: create it, or correct the name' };
      if (error instanceof KubeError && error.code === 403)
        return { secret, failure: 'the operator has no permission to read it' };
      throw error;
    }
  }

  return {
    async read(network, sites) {
      const found = new Map<string, SuppliedKeys>();
      for (const { metadata, spec } of sites) {
        const { ssh, tls } = spec.keys ?? {};
        found.set(metadata.name, {
          ...(ssh && { ssh: await suppliedSecret(network, ssh.secretName) }),
          ...(tls && { tls: await suppliedSecret(network, tls.secretName) }),
        });
      }
      return found;
    },
  };
}
