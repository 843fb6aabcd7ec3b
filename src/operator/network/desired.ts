import type { Hub, Resources, Site } from '../../api/schema.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { KubeObject, OwnerReference } from '../kube/object.ts';
import { siteObjects } from '../objects/site-objects.ts';
import type { Context } from './context.ts';
import type { Material } from './material.ts';

/** Every object of a site, owned by its Site: they go with it. What belongs to the whole cluster cannot be owned so. Pure. */
export function objectsOfSite(
  plan: SitePlan,
  { sites, hubs }: Resources,
  written: KubeObject,
  { secrets, keys, tls }: Material,
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
  const objects = siteObjects({
    plan,
    spec: spec,
    ...(hubService && { hubService }),
    secrets,
    keys,
    tls,
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
