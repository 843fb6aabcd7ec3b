import { condition, type NewCondition } from './conditions.ts';

/** How the page of a site is exposed, and the state of the objects that do so. Absent: not requested. */
export interface PageFacts {
  host: string;
  ingress?: { className: string | undefined; status: unknown } | undefined;
  httpRoute?: { isKnown: boolean; gateways: string[]; status: unknown } | undefined;
}

interface RouteStatus {
  parents?: {
    parentRef?: { name?: string };
    conditions?: { type: string; status: string; reason: string; message?: string }[];
  }[];
}

/** Whether the page is reachable under the requested host, according to its Ingress and HTTPRoute. Pure. */
export function pageCondition({ host, ingress, httpRoute }: PageFacts): NewCondition {
  const failure = (httpRoute && routeFailure(httpRoute)) ?? (ingress && ingressFailure(ingress));
  if (failure) return failure;
  const ways = [...(ingress ? ['Ingress'] : []), ...(httpRoute ? ['HTTPRoute'] : [])];
  return condition('PageExposed', 'True', 'Exposed', `https://${host}/ through ${ways.join(' and ')}`);
}

function routeFailure({ isKnown, gateways, status }: NonNullable<PageFacts['httpRoute']>): NewCondition | undefined {
  if (!isKnown) {
    const remedy = 'Install the Gateway API, or remove spec.page.httpRoute';
    return condition('PageExposed', 'False', 'NoGatewayApi', `This cluster has no HTTPRoute v1. ${remedy}`);
  }
  const { parents = [] } = (status ?? {}) as RouteStatus;
  for (const { parentRef, conditions = [] } of parents) {
    const bad = conditions.find(({ type, status: word }) => NEEDED.has(type) && word === 'False');
    if (!bad) continue;
    const message = `Gateway ${parentRef?.name ?? ''} rejected the HTTPRoute: ${bad.message || bad.reason}`;
    return condition('PageExposed', 'False', bad.reason, message);
  }
  const taken = new Set(parents.map(({ parentRef }) => parentRef?.name));
  const missing = gateways.filter((name) => !taken.has(name));
  if (missing.length === 0) return undefined;
  const message = `Gateway ${missing.join(', ')} has not accepted the HTTPRoute: check that it exists and allows routes from this namespace`;
  return condition('PageExposed', 'Unknown', 'NotTaken', message);
}

const NEEDED = new Set(['Accepted', 'ResolvedRefs']);

function ingressFailure({ className, status }: NonNullable<PageFacts['ingress']>): NewCondition | undefined {
  const { loadBalancer } = (status ?? {}) as { loadBalancer?: { ingress?: unknown[] } };
  if (loadBalancer?.ingress?.length) return undefined;
  const which = className === undefined ? 'the default class' : `class ${className}`;
  const message = `No ingress controller has assigned an address to the Ingress: check that there is one for ${which}`;
  return condition('PageExposed', 'Unknown', 'NoAddress', message);
}
