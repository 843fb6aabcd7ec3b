import type { NetworkReport, SiteReport } from '../../api/network-report.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { Network, Office } from '../../web/contract/network.ts';
import { isoOf } from './entry.ts';
import type { Standings } from './standing.ts';

/** The offices and links as people see them. Pure. */
export function networkView(plan: Pick<SitePlan, 'sites'>, report: NetworkReport, standings: Standings): Network {
  const peersOf = new Map(report.sites.map(({ name, summary }) => [name, new Set(summary.peers)]));
  const rateBetween = (a: string, b: string) =>
    standings.transfers
      .filter(({ site, source }) => (site === a && source === b) || (site === b && source === a))
      .reduce((sum, { rate }) => sum + rate, 0);
  return {
    reporter: report.reporter,
    asOf: isoOf(report.at),
    offices: report.sites.map((one) => officeOf(plan, one, standings)),
    links: pairsOf(plan, peersOf).map(({ from, to, kind }) => ({
      from,
      to,
      kind,
      up: Boolean(peersOf.get(from)?.has(to)) || Boolean(peersOf.get(to)?.has(from)),
      rate: rateBetween(from, to),
    })),
  };
}

/** Every child with the hub it is at, or belongs to; every two hubs. */
function pairsOf({ sites }: Pick<SitePlan, 'sites'>, peersOf: Map<string, Set<string>>) {
  const hubs = sites.filter(({ role }) => role === 'hub').map(({ name }) => name);
  const trunks = hubs.flatMap((from, i) => hubs.slice(i + 1).map((to) => ({ from, to, kind: 'trunk' as const })));
  const uplinks = sites.flatMap(({ name, role, hub }) => {
    const now = hubs.find((one) => peersOf.get(name)?.has(one)) ?? hub;
    return role === 'child' && now !== undefined ? [{ from: name, to: now, kind: 'uplink' as const }] : [];
  });
  return [...trunks, ...uplinks];
}

function officeOf({ sites }: Pick<SitePlan, 'sites'>, one: SiteReport, { transfers }: Standings): Office {
  const { name, role, connected, inSync, lagSeconds, filesBehind, bytesBehind, more, summary, disk, version } = one;
  const mine = transfers.filter(({ site, error }) => site === name && error === null);
  const rate = mine.reduce((sum, transfer) => sum + transfer.rate, 0);
  const heard = one.heardAt ?? 0;
  return {
    name,
    role,
    hub: sites.find((site) => site.name === name)?.hub ?? null,
    connected,
    inSync,
    replicating: summary.replicating,
    lagSeconds,
    filesBehind,
    bytesBehind,
    more,
    expectedSeconds: bytesBehind === 0 && filesBehind === 0 ? 0 : rate > 0 ? Math.ceil(bytesBehind / rate) : null,
    rate,
    transfers: mine.length,
    conflicts: summary.conflicts,
    held: summary.held,
    lastContact: heard === 0 ? null : isoOf(heard),
    clockAheadSeconds: one.clockAheadSeconds ?? 0,
    disk,
    agentVersion: version,
    troubles: troublesOf(one),
  };
}

/** A disk with less than this part free is nearly full. */
const NEARLY_FULL = 0.05;
const CLOCK_SECONDS = 60;

/** What is wrong at an office, and what to do, in plain words. Pure. */
export function troublesOf({ name, connected, summary, disk, clockAheadSeconds = 0 }: SiteReport): Office['troubles'] {
  const troubles: Office['troubles'] = [];
  if (!connected)
    troubles.push({
      reason: `${name} cannot be heard`,
      remedy: 'See that it has power and network; files wait until it is back',
    });
  if (!summary.replicating)
    troubles.push({ reason: `the state does not reach ${name} any more`, remedy: `Run "sitesync doctor" at ${name}` });
  if (disk.size > 0 && disk.free / disk.size < NEARLY_FULL)
    troubles.push({ reason: `the disk of ${name} is nearly full`, remedy: 'Free some space, or keep fewer versions' });
  if (Math.abs(clockAheadSeconds) > CLOCK_SECONDS)
    troubles.push({
      reason: `the clock of ${name} is ${clockAheadSeconds} s ahead`,
      remedy: 'Set up NTP there; files are not affected',
    });
  if (summary.held > 0)
    troubles.push({
      reason: `${summary.held} ${summary.held === 1 ? 'change' : 'changes'} at ${name} ${summary.held === 1 ? 'waits' : 'wait'} for a person`,
      remedy: `Look at them on the page of ${name}: approve or reject them`,
    });
  for (const reason of summary.errors) troubles.push({ reason, remedy: `See the log of ${name}` });
  return troubles;
}
