import type { InputProblem } from '../base/invalid-input.ts';
import { problemAt } from './problem-at.ts';
import type { Hub, Resources, Site } from './schema.ts';

/** Rules within one object that its fields alone cannot express. The CRDs have the same ones in CEL (crd.ts). Pure. */
export function objectProblems({ sites, hubs }: Resources): InputProblem[] {
  return [...sites.flatMap(storage), ...sites.flatMap(placement), ...sites.flatMap(page), ...hubs.flatMap(service)];
}

function storage(site: Site): InputProblem[] {
  const { size, claimName, path, state } = site.spec.storage;
  const problems: InputProblem[] = [];
  if ([size, claimName, path].filter((one) => one !== undefined).length > 1) {
    const remedy = 'Keep one of size, claimName and path';
    problems.push(problemAt(site, ['spec', 'storage'], 'specifies more than one storage', remedy));
  }
  if (state?.size !== undefined && state.claimName !== undefined) {
    const remedy = 'Keep one of size and claimName';
    problems.push(problemAt(site, ['spec', 'storage', 'state'], 'specifies more than one storage', remedy));
  }
  return problems;
}

function placement(site: Site): InputProblem[] {
  const { external, kubeconfigSecret, maxAway } = site.spec.placement ?? {};
  if (maxAway !== undefined && !external) {
    const remedy = 'Set external: true, or remove it: other sites raise an alert as soon as they are disconnected';
    return [problemAt(site, ['spec', 'placement', 'maxAway'], 'applies to external sites only', remedy)];
  }
  if (!external || kubeconfigSecret === undefined) return [];
  const reason = 'a site cannot be both external and in another cluster';
  return [problemAt(site, ['spec', 'placement'], reason, 'Remove external or kubeconfigSecret')];
}

function page(site: Site): InputProblem[] {
  const { host, ingress, httpRoute, oidc } = site.spec.page ?? {};
  if (host !== undefined) return [];
  const problems: InputProblem[] = [];
  if (ingress || httpRoute) {
    const reason = 'ingress and httpRoute need a host name';
    const remedy = 'Set host, such as files.brazil.example, or remove them';
    problems.push(problemAt(site, ['spec', 'page', 'host'], reason, remedy));
  }
  if (oidc && oidc.url === undefined) {
    const reason = 'the provider needs an address to redirect to';
    const remedy = 'Set url, such as https://files.brazil.example, or host in page';
    problems.push(problemAt(site, ['spec', 'page', 'oidc', 'url'], reason, remedy));
  }
  return problems;
}

function service(hub: Hub): InputProblem[] {
  const { type, nodePort } = hub.spec.service ?? {};
  if (nodePort === undefined || type !== 'ClusterIP') return [];
  const reason = 'needs a Service of type NodePort or LoadBalancer';
  return [problemAt(hub, ['spec', 'service', 'nodePort'], reason, 'Set the type, or remove nodePort')];
}
