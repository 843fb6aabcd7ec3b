import { trustedKeys } from '../../pki/authority.ts';
import type { Phase } from '../../topology/rotation.ts';
import { sshAuthorityAt } from '../keys/authority.ts';
import type { Files } from '../keys/scratch.ts';
import { authorityFault, tlsAuthorityFault } from '../keys/supplied.ts';
import { tlsAuthority, tlsTrust } from '../keys/tls.ts';
import { instanceOf, type KubeObject } from '../kube/object.ts';
import { filesOf } from '../kube/secret.ts';
import { MANAGED_BY } from '../objects/labels.ts';
import type { Failure } from '../status/conditions.ts';

/** The Secrets with the network's ssh and HTTPS authorities. No site sees them. */
export const AUTHORITY = 'sitesync-authority';
export const TLS_AUTHORITY = 'sitesync-authority-tls';

/** What the network's certificates are signed and verified with. */
export interface Authorities {
  /** `ca` is absent when certificates are signed elsewhere. */
  ssh: Files;
  /** Public keys of the authorities that sites trust, one per line; empty when a supplied Secret is unusable. */
  trust: string;
  tls: Files;
  /** The authorities that the operator trusts when it connects to a site. */
  tlsTrust: string;
  /** The Secrets that the operator manages. */
  own: KubeObject[];
  /** Whether the user made them, and replaces them. */
  supplied: { ssh: boolean; tls: boolean };
  failure?: Failure;
}

export interface AuthoritiesInput {
  network: string;
  /** As they are now. A Secret without our label belongs to somebody else and is never written. */
  secrets: { ssh: KubeObject | undefined; tls: KubeObject | undefined };
  phase: Phase;
  days: number;
  now: number;
}

export async function authoritiesOf(input: AuthoritiesInput): Promise<Authorities> {
  const { network, secrets, phase, now } = input;
  const supplied = { ssh: isForeign(secrets.ssh), tls: isForeign(secrets.tls) };
  const given = { ssh: filesOf(secrets.ssh), tls: filesOf(secrets.tls) };
  const faults = [
    [AUTHORITY, supplied.ssh ? authorityFault(given.ssh) : undefined],
    [TLS_AUTHORITY, supplied.tls ? tlsAuthorityFault(given.tls, now) : undefined],
  ] as const;
  const [sshFault, tlsFault] = faults.map(([, fault]) => fault);
  const ssh = sshFault ? {} : supplied.ssh ? given.ssh : await sshAuthorityAt(given.ssh, phase);
  const tls = tlsFault ? {} : supplied.tls ? given.tls : await tlsAuthority(given.tls, input);
  const message = faults.flatMap(([name, fault]) => (fault ? [`Secret ${name}: ${fault}`] : [])).join('. ');
  return {
    ssh,
    trust: trustedKeys(ssh),
    tls,
    tlsTrust: tlsTrust(tls),
    own: [
      ...(supplied.ssh ? [] : [secretOf(network, AUTHORITY, ssh, secrets.ssh)]),
      ...(supplied.tls ? [] : [secretOf(network, TLS_AUTHORITY, tls, secrets.tls)]),
    ],
    supplied,
    ...(message && { failure: { reason: 'AuthorityUnusable', message } }),
  };
}

function isForeign(secret: KubeObject | undefined): boolean {
  if (!secret) return false;
  return Object.entries(MANAGED_BY).some(([label, value]) => secret.metadata.labels?.[label] !== value);
}

function secretOf(network: string, name: string, files: Files, present: KubeObject | undefined): KubeObject {
  const data = Object.fromEntries(
    Object.entries(files).map(([file, text]) => [file, Buffer.from(text).toString('base64')]),
  );
  const secret: KubeObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: network, labels: { ...MANAGED_BY, 'app.kubernetes.io/part-of': network } },
    type: 'Opaque',
    data,
  };
  return instanceOf(secret, present?.metadata.uid);
}
