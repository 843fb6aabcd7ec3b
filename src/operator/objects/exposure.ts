import type { KubeObject } from '../kube/object.ts';
import type { SiteInput } from './input.ts';
import type { Json } from './json.ts';
import { metadataOf } from './labels.ts';
import { PAGE_PORT } from './services.ts';

/**
 * What ingress-nginx needs to know and other controllers infer from the port's `appProtocol`: the page speaks TLS itself,
 * streams uploads of any size, and holds a connection open for events.
 */
const NGINX = {
  'nginx.ingress.kubernetes.io/backend-protocol': 'HTTPS',
  'nginx.ingress.kubernetes.io/proxy-body-size': '0',
  'nginx.ingress.kubernetes.io/proxy-request-buffering': 'off',
  'nginx.ingress.kubernetes.io/proxy-read-timeout': '3600',
};

/** Exposes the page of a site by an Ingress, by a Gateway, by both, or not at all. Pure. */
export function exposure(input: SiteInput): KubeObject[] {
  return [...ingress(input), ...httpRoute(input)];
}

function ingress(input: SiteInput): KubeObject[] {
  const { host, ingress: wish } = input.spec.page ?? {};
  if (!wish || host === undefined) return [];
  const { className, annotations, tlsSecretName } = wish;
  const metadata = metadataOf(input);
  const backend: Json = { service: { name: metadata.name, port: { name: PAGE_PORT.name } } };
  return [
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { ...metadata, annotations: { ...NGINX, ...annotations } },
      spec: {
        ...(className !== undefined && { ingressClassName: className }),
        // Without a Secret, the controller's default certificate: users sign in here, so never without TLS.
        tls: [{ hosts: [host], ...(tlsSecretName !== undefined && { secretName: tlsSecretName }) }],
        rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
      },
    },
  ];
}

function httpRoute(input: SiteInput): KubeObject[] {
  const { host, httpRoute: wish } = input.spec.page ?? {};
  if (!wish || host === undefined || !input.gatewayApi) return [];
  const metadata = metadataOf(input);
  return [
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata,
      spec: {
        parentRefs: wish.parentRefs.map(({ name, namespace, sectionName }) => ({
          name,
          ...(namespace !== undefined && { namespace }),
          ...(sectionName !== undefined && { sectionName }),
        })),
        hostnames: [host],
        rules: [
          {
            matches: [{ path: { type: 'PathPrefix', value: '/' } }],
            backendRefs: [{ name: metadata.name, port: PAGE_PORT.port }],
          },
        ],
      },
    },
  ];
}
