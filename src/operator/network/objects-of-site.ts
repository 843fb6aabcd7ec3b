import type { Hub, Resources, Site } from '../../api/schema.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { instanceOf, type KubeObject, keyOf, type OwnerReference } from '../kube/object.ts';
import { externalObjects } from '../objects/external.ts';
import type { SiteInput } from '../objects/input.ts';
import { objectName } from '../objects/json.ts';
import { siteObjects } from '../objects/site-objects.ts';
import type { Context } from './context.ts';
import type { SiteCredentials } from './site-credentials.ts';

/**
 * What a site needs because of sites outside the cluster: its own bundle if it is one, and the bundles and principals of a
 * hub's neighbours.
 */
export interface ExternalInput extends Pick<SiteInput, 'bundles' | 'principals' | 'volumeName'> {
  bundle?: string;
}

/**
 * Every object of a site, owned by its Site so that they are deleted with it. Cluster-scoped objects cannot have such an
 * owner. Pure.
 */
export function objectsOfSite(
  plan: SitePlan,
  { sites, hubs }: Resources,
  site: KubeObject,
  { secrets, keys, tls, secretUid }: SiteCredentials,
  outside: ExternalInput,
  context: Pick<Context, 'images' | 'pullSecrets' | 'observers' | 'version'> & {
    caches: Pick<Context['caches'], 'serves'>;
  },
): KubeObject[] {
  const { images, pullSecrets, observers, version, caches } = context;
  const named = ({ metadata }: Site | Hub) => metadata.name === plan.site;
  const { spec } = sites.find(named)!;
  const hubService = hubs.find(named)?.spec.service;
  const owner: OwnerReference = {
    apiVersion: site.apiVersion,
    kind: site.kind,
    name: site.metadata.name,
    uid: site.metadata.uid!,
    controller: true,
    blockOwnerDeletion: true,
  };
  const { bundle, bundles, principals, volumeName } = outside;
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
        volumeName,
        images,
        pullSecrets,
        observers,
        gatewayApi: caches.serves('HTTPRoute'),
        version,
      });
  const keysSecret = `Secret/${objectName(plan.site, 'keys')}`;
  return objects.map((object) => {
    const metadata =
      object.metadata.namespace === undefined ? object.metadata : { ...object.metadata, ownerReferences: [owner] };
    const owned: KubeObject = { ...object, metadata };
    return keyOf(owned) === keysSecret ? instanceOf(owned, secretUid) : owned;
  });
}
