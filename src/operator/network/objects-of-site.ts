import type { Hub, Resources, Site } from '../../api/schema.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { KubeObject, OwnerReference } from '../kube/object.ts';
import { externalObjects } from '../objects/external.ts';
import type { SiteInput } from '../objects/input.ts';
import { siteObjects } from '../objects/site-objects.ts';
import type { Context } from './context.ts';
import type { SiteCredentials } from './site-credentials.ts';

/** What a site has to do with sites outside of the cluster: its own bundle when it is one, and what a hub is told of its neighbours. */
export interface Outside extends Pick<SiteInput, 'bundles' | 'principals'> {
  bundle?: string;
}

/** Every object of a site, owned by its Site: they go with it. What belongs to the whole cluster cannot be owned so. Pure. */
export function objectsOfSite(
  plan: SitePlan,
  { sites, hubs }: Resources,
  written: KubeObject,
  { secrets, keys, tls }: SiteCredentials,
  outside: Outside,
  context: Pick<Context, 'images' | 'pullSecrets' | 'observers' | 'version'> & {
    caches: Pick<Context['caches'], 'knows'>;
  },
): KubeObject[] {
  const { images, pullSecrets, observers, version, caches } = context;
  const named = ({ metadata }: Site | Hub) => metadata.name === plan.site;
  const { spec } = sites.find(named)!;
  const hubService = hubs.find(named)?.spec.service;
  const owner: OwnerReference = {
    apiVersion: written.apiVersion,
    kind: written.kind,
    name: written.metadata.name,
    uid: written.metadata.uid!,
    controller: true,
    blockOwnerDeletion: true,
  };
  const { bundle, bundles, principals } = outside;
  const objects = plan.external
    ? externalObjects({ plan, version, keys, secrets }, bundle ?? '')
    : siteObjects({
        plan,
        spec: spec,
        ...(hubService && { hubService }),
        secrets,
        keys,
        tls,
        bundles,
        principals,
        images,
        pullSecrets,
        observers,
        gatewayApi: caches.knows('HTTPRoute'),
        version,
      });
  return objects.map((object) => {
    const metadata =
      object.metadata.namespace === undefined ? object.metadata : { ...object.metadata, ownerReferences: [owner] };
    return { ...object, metadata };
  });
}
