import type { NetworkReport, SiteReport } from '../../api/network-report.ts';
import { isoOf } from '../../base/iso.ts';
import { problem, type ReportedProblem } from '../../problems/problem.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { OfficeProblem } from '../../web/contract/common.ts';
import type { Network, Office } from '../../web/contract/network.ts';
import { officeProblem } from '../../web/contract/office-problem.ts';
import { advance, expectedSeconds, type Progress } from '../queries/forecast.ts';
import type { PlacementSnapshot } from '../queries/placement-snapshot.ts';

/** The offices and links as people see them; remembers how fast each office catches up. `monotonic`: milliseconds. */
export function networkViewer(monotonic: () => number) {
  const progress = new Map<string, Progress>();
  return (plan: Pick<SitePlan, 'sites'>, report: NetworkReport, snapshot: PlacementSnapshot): Network => {
    for (const { name, filesBehind: files, bytesBehind: bytes } of report.sites) {
      const rate = rateOf(snapshot, name);
      progress.set(name, advance(progress.get(name), { at: monotonic(), files, bytes, rate }));
    }
    return networkView(plan, report, snapshot, progress);
  };
}

/** Bytes per second that are reported to arrive at an office. */
const rateOf = ({ transfers }: PlacementSnapshot, name: string) =>
  transfers.filter(({ site, problem }) => site === name && problem === null).reduce((sum, { rate }) => sum + rate, 0);

/** Pure. */
function networkView(
  plan: Pick<SitePlan, 'sites'>,
  report: NetworkReport,
  snapshot: PlacementSnapshot,
  progress: ReadonlyMap<string, Progress>,
): Network {
  // What an unreachable office said of its links and transfers is outdated.
  const heard = report.sites.filter(({ connected }) => connected);
  const isHeard = new Set(heard.map(({ name }) => name));
  const peersOf = new Map(heard.map(({ name, summary }) => [name, new Set(summary.peers)]));
  const rateBetween = (a: string, b: string) =>
    snapshot.transfers
      .filter(({ site }) => isHeard.has(site))
      .filter(({ site, source }) => (site === a && source === b) || (site === b && source === a))
      .reduce((sum, { rate }) => sum + rate, 0);
  return {
    reporter: report.reporter,
    asOf: isoOf(report.at),
    offices: report.sites.map((one) => officeOf(plan, one, snapshot, progress.get(one.name))),
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

function officeOf(
  { sites }: Pick<SitePlan, 'sites'>,
  one: SiteReport,
  { transfers }: PlacementSnapshot,
  progress: Progress | undefined,
): Office {
  const { name, role, connected, inSync, lagSeconds, filesBehind, bytesBehind, more, summary, disk, version } = one;
  const mine = transfers.filter(({ site, problem }) => site === name && problem === null);
  const rate = connected ? Math.round(progress?.bytesRate ?? 0) : 0;
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
    rowsBehind: one.rowsBehind ?? 0,
    more,
    expectedSeconds: connected && progress ? expectedSeconds(progress) : null,
    rate,
    transfers: mine.length,
    conflicts: summary.conflicts,
    held: summary.held,
    damaged: summary.damaged,
    verifiedAt: summary.verifiedAt === undefined ? null : isoOf(summary.verifiedAt),
    lastContact: heard === 0 ? null : isoOf(heard),
    clockAheadSeconds: connected ? (one.clockAheadSeconds ?? null) : null,
    disk,
    agentVersion: version,
    troubles: problemsAt(one),
  };
}

/** A disk with less than this part free is nearly full. */
const NEARLY_FULL = 0.05;
const CLOCK_SECONDS = 60;

/** What is wrong at an office, as far as it is known here. Pure. */
export function problemsAt({
  name,
  connected,
  summary,
  disk,
  clockAheadSeconds: ahead = 0,
}: SiteReport): OfficeProblem[] {
  const seen: ReportedProblem[] = [];
  if (!connected) seen.push(problem('away'));
  if (!summary.replicating) seen.push(problem('stateStopped'));
  if (disk.size > 0 && disk.free / disk.size < NEARLY_FULL) seen.push(problem('diskNearlyFull'));
  if (ahead > CLOCK_SECONDS) seen.push(problem('clockAhead', { seconds: ahead }));
  if (ahead < -CLOCK_SECONDS) seen.push(problem('clockBehind', { seconds: -ahead }));
  if (summary.held > 0) seen.push(problem('held', { count: summary.held }));
  return [...seen, ...summary.problems].map((one) => officeProblem(name, one));
}
