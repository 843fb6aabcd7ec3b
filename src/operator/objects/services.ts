import { POD_LISTENS } from '../../topology/pods.ts';
import type { KubeObject } from '../kube/object.ts';
import type { SiteInput } from './input.ts';
import type { Json } from './json.ts';
import { metadataOf, selectorOf } from './labels.ts';

/** The page on the Service of its site. `appProtocol` tells ingress controllers and gateways that it speaks TLS. */
export const PAGE_PORT = { name: 'page', port: 443, targetPort: 'page', appProtocol: 'https' };

/** Suffix of the headless Service, which gives the pod its DNS name. */
export const HEADLESS = 'pods';

/**
 * All publish pods that are not ready: links must work while a folder is unavailable, and the operator has to reach a site
 * in trouble most of all.
 */
export function services(input: SiteInput): KubeObject[] {
  const { plan, hubService } = input;
  const https = { name: 'https', port: POD_LISTENS.https.port, targetPort: 'https' };
  const page: Json[] = plan.page ? [PAGE_PORT] : [];
  const { type = 'ClusterIP', annotations, nodePort } = hubService ?? {};
  const hub = metadataOf(input, 'hub');
  const port = plan.listen?.port ?? POD_LISTENS.ssh.port;
  return [
    service(input, metadataOf(input), { ports: [https, ...page] }),
    service(input, metadataOf(input, HEADLESS), { clusterIP: 'None', ports: [https] }),
    ...(plan.role === 'hub'
      ? [
          service(input, annotations ? { ...hub, annotations } : hub, {
            type,
            ports: [{ name: 'ssh', port, targetPort: 'ssh', ...(nodePort !== undefined && { nodePort }) }],
          }),
        ]
      : []),
  ];
}

function service({ plan }: SiteInput, metadata: KubeObject['metadata'], spec: { [field: string]: Json }): KubeObject {
  const selector = selectorOf(plan.site);
  return { apiVersion: 'v1', kind: 'Service', metadata, spec: { ...spec, publishNotReadyAddresses: true, selector } };
}
