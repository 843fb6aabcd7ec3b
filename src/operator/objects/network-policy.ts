import { isIP } from 'node:net';
import { hubService, POD_LISTENS } from '../../topology/pods.ts';
import type { Endpoint, LinkPlan } from '../../topology/site-plan.ts';
import type { KubeObject } from '../kube/object.ts';
import type { SiteInput } from './input.ts';
import type { Json } from './json.ts';
import { metadataOf, selectorOf } from './labels.ts';

/** Allows only the traffic that the plan needs. */
export function networkPolicy(input: SiteInput): KubeObject {
  const { plan, observers: namespaces } = input;
  const watch: Json = { ...fromOnly(namespaces), ports: [tcp(POD_LISTENS.https.port)] };
  // Offices connect from anywhere: sshd decides by their certificates.
  const dialIn: Json[] = plan.listen ? [{ ports: [tcp(plan.listen.port)] }] : [];
  // The page asks the identity provider.
  const look: Json[] = plan.page
    ? [{ ...fromOnly(input.spec.page?.fromNamespaces), ports: [tcp(plan.page.port)] }]
    : [];
  const names: Json = { ports: [{ protocol: 'UDP', port: 53 }, tcp(53)] };
  const dialOut = plan.links.flatMap((link) => (link.address ? [egress(plan.network, link, link.address)] : []));
  const ask: Json[] = plan.oidc ? [{ ports: providerPorts(plan.oidc.issuer).map(tcp) }] : [];
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: metadataOf(input),
    spec: {
      podSelector: { matchLabels: selectorOf(plan.site) },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [...(namespaces.length > 0 ? [watch] : []), ...dialIn, ...look],
      egress: dialOut.length + ask.length > 0 ? [names, ...dialOut, ...ask] : [],
    },
  };
}

/** From everywhere when no namespace is given. */
function fromOnly(namespaces: string[] | undefined): { from?: Json } {
  if (!namespaces) return {};
  const values = namespaces.toSorted();
  const matchExpressions = [{ key: 'kubernetes.io/metadata.name', operator: 'In', values }];
  return { from: [{ namespaceSelector: { matchExpressions } }] };
}

/** To the hub's pod if it is in this cluster, else to its address or, because policies know no names, to its port. */
function egress(network: string, { peer }: LinkPlan, { host, port }: Endpoint): Json {
  const ports = [tcp(port)];
  if (host === hubService(peer, network).host)
    return { to: [{ podSelector: { matchLabels: selectorOf(peer) } }], ports };
  const version = isIP(host);
  return version === 0 ? { ports } : { to: [{ ipBlock: { cidr: `${host}/${version === 4 ? 32 : 128}` } }], ports };
}

/** The ports of a provider. Large providers serve parts under other names. */
function providerPorts(issuer: string): number[] {
  const { port } = new URL(issuer);
  return [...new Set([443, Number(port) || 443])];
}

const tcp = (port: number): Json => ({ protocol: 'TCP', port });
