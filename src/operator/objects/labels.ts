import type { ObjectMeta } from '../kube/object.ts';
import type { SiteInput } from './input.ts';
import { objectName } from './json.ts';

/** On everything that the operator creates. */
export const MANAGED_BY = { 'app.kubernetes.io/managed-by': 'sitesync' };

const NAME = { 'app.kubernetes.io/name': 'sitesync', 'app.kubernetes.io/component': 'site' };

/** "hub" or "child". Not used in selectors: those are immutable, and a child may be promoted. */
export const ROLE = 'sitesync.dev/role';

/** Selects the pod of a site, whatever its role. */
export const selectorOf = (site: string) => ({ ...NAME, 'app.kubernetes.io/instance': site });

/** Selects the pods of a network's hubs. */
export const hubsOf = (network: string) => ({ ...NAME, 'app.kubernetes.io/part-of': network, [ROLE]: 'hub' });

export function podLabels({ plan }: Pick<SiteInput, 'plan'>): Record<string, string> {
  return {
    ...selectorOf(plan.site),
    'app.kubernetes.io/part-of': plan.network,
    ...MANAGED_BY,
    [ROLE]: plan.role,
  };
}

/** The metadata of one of the site's objects. */
export function metadataOf(
  input: Pick<SiteInput, 'plan' | 'version'>,
  ...suffix: string[]
): ObjectMeta & { namespace: string; labels: Record<string, string> } {
  const { site, network } = input.plan;
  return {
    name: objectName(site, ...suffix),
    namespace: network,
    labels: { ...podLabels(input), 'app.kubernetes.io/version': input.version },
  };
}
