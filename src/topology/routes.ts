import type { SitePlan } from './site-plan.ts';

/** The sites on the way from one to another, both included; undefined when there is no way. Pure. */
export function route(plans: SitePlan[], from: string, to: string): string[] | undefined {
  const neighbours = new Map(
    plans.map((plan) => [plan.site, plan.links.filter((link) => link.priority === 0).map((link) => link.peer)]),
  );
  const before = new Map<string, string | undefined>([[from, undefined]]);
  const open = [from];
  for (let site = open.shift(); site !== undefined; site = open.shift()) {
    if (site === to) return trace(before, to);
    for (const next of neighbours.get(site) ?? []) {
      if (before.has(next)) continue;
      before.set(next, site);
      open.push(next);
    }
  }
  return undefined;
}

function trace(before: Map<string, string | undefined>, to: string): string[] {
  const path: string[] = [];
  for (let site: string | undefined = to; site !== undefined; site = before.get(site)) path.unshift(site);
  return path;
}
