import { route } from './routes.ts';
import type { SitePlan } from './site-plan.ts';

/** What a plan would do, for people and for `--json`. */
export interface PlanDescription {
  sites: {
    name: string;
    role: string;
    processes: { process: string; port?: number }[];
    /** The neighbours it pulls from, and over which connection. */
    pullsFrom: { site: string; through: string }[];
    folders: { name: string; mode: string; path?: string }[];
  }[];
  routes: { from: string; to: string; path: string[] }[];
}

/** Pure. One route per pair of sites: it is the same in both directions. */
export function describePlan(plans: SitePlan[]): PlanDescription {
  return {
    sites: plans.map((plan) => ({
      name: plan.site,
      role: plan.role,
      processes: [
        { process: 'mysql', port: plan.ports.mysql },
        { process: 'rsyncd', port: plan.ports.rsync },
        ...(plan.listen ? [{ process: 'sshd', port: plan.listen.port }] : []),
        ...plan.links
          .filter((link) => link.dials && link.priority === 0)
          .map((link) => ({ process: `link to ${link.peer}` })),
        { process: 'agent', port: plan.ports.api },
      ],
      pullsFrom: plan.links.map((link) => ({ site: link.peer, through: throughOf(link) })),
      folders: plan.folders.map(({ name, mode, path }) => ({ name, mode, ...(path !== undefined && { path }) })),
    })),
    routes: plans.flatMap((a) =>
      plans
        .filter((b) => a.site < b.site)
        .map((b) => ({ from: a.site, to: b.site, path: route(plans, a.site, b.site) ?? [] })),
    ),
  };
}

function throughOf(link: SitePlan['links'][number]): string {
  if (!link.dials) return `the connection that ${link.peer} makes`;
  const address = `ssh to ${link.address?.host}:${link.address?.port}`;
  return link.kind === 'uplink' && link.priority > 0 ? `${address}, if no earlier hub responds` : address;
}
