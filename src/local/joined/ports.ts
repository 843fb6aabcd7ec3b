import { isLoopback } from '../../api/address.ts';
import type { Bundle } from '../../bundle/bundle.ts';
import { planHash } from '../../topology/plan-hash.ts';
import type { PortLedger } from '../../topology/ports.ts';
import { joinPlan } from '../../topology/roster.ts';
import type { SitePlan } from '../../topology/site-plan.ts';

/** The ports of this machine's loopback that the plan uses, by name. What a hub grants on its side is not among them. Pure. */
export function localPorts({ site, ports, page, links }: SitePlan): PortLedger {
  const [link] = links; // a child uses the same ones for all its hubs
  return {
    [`${site}/mysql`]: ports.mysql,
    [`${site}/rsync`]: ports.rsync,
    [`${site}/api`]: ports.api,
    ...(page && isLoopback(page) && { [`${site}/page`]: page.port }),
    ...(link && { [`${site}>hub/mysql`]: link.peerMysql, [`${site}>hub/rsync`]: link.peerRsync }),
  };
}

/**
 * The ports that this machine uses: the remembered ones, and for new names those of the plan, or the next free ones.
 * @param isFree whether nothing listens there now
 */
export async function choosePorts(
  plan: SitePlan,
  known: PortLedger,
  isFree: (port: number) => Promise<boolean>,
): Promise<PortLedger> {
  const ports: PortLedger = {};
  const planned = localPorts(plan);
  const taken = new Set(Object.keys(planned).flatMap((name) => known[name] ?? []));
  for (const [name, wanted] of Object.entries(planned)) {
    let port = known[name] ?? wanted;
    if (known[name] === undefined) while (taken.has(port) || !(await isFree(port))) port++;
    taken.add(port);
    ports[name] = port;
  }
  return ports;
}

/** The plan with these ports, and with the hash of the original plan, which is the one that the operator knows. Pure. */
export function withPorts(plan: SitePlan, ports: PortLedger): SitePlan {
  const here = new Map(Object.entries(localPorts(plan)).map(([name, port]) => [port, ports[name] ?? port]));
  const at = (port: number) => here.get(port) ?? port;
  return {
    ...plan,
    planned: planHash(plan),
    ports: { ...plan.ports, mysql: at(plan.ports.mysql), rsync: at(plan.ports.rsync), api: at(plan.ports.api) },
    ...(plan.page && { page: isLoopback(plan.page) ? { ...plan.page, port: at(plan.page.port) } : plan.page }),
    links: plan.links.map((link) => ({
      ...link,
      peerMysql: at(link.peerMysql),
      peerRsync: at(link.peerRsync),
      forwards: {
        local: link.forwards.local.map(({ listen, to }) => ({ listen: at(listen), to })),
        remote: link.forwards.remote.map(({ listen, to }) => ({ listen, to: at(to) })),
      },
    })),
  };
}

/** The whole plan of a bundle, as its operator made it. */
export const planOf = ({ plan, roll }: Bundle): SitePlan => joinPlan(plan, roll);
