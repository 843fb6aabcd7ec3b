import { encodeApiPath } from '../../base/api-path.ts';
import { type BytePath, displayPath } from '../../base/bytes.ts';
import { isoOf } from '../../base/iso.ts';
import { sentenceOf } from '../../problems/problem.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import { officeProblem } from '../../web/contract/office-problem.ts';
import { refuse } from '../../web/contract/refusals.ts';
import type { Hop, Where } from '../../web/contract/where.ts';
import type { SiteView } from '../site/site.ts';
import { loadFamilies } from '../store/family.ts';
import { refOf } from '../store/path-ref.ts';
import { percentOf } from '../store/transfer.ts';
import { formatId, type Version } from '../versions/version.ts';
import { headsOf } from '../versions/winner.ts';
import { awayOf, sitesOf } from './entry.ts';
import { restSeconds } from './forecast.ts';
import type { PlacementSnapshot } from './placement-snapshot.ts';

/** Where the current version of a path is, site by site and hop by hop. Throws Refused. */
export async function whereIs(
  site: SiteView,
  snapshot: PlacementSnapshot,
  folder: string,
  path: BytePath,
): Promise<Where> {
  const ref = refOf(folder, path);
  const [head] = headsOf((await loadFamilies(site.store.db, site, [ref])).get(ref.id) ?? []);
  if (!head) throw refuse('unknown', { name: displayPath(path) });
  const members = sitesOf(site, folder);
  const isHeld = (await site.store.brake.at([ref])).get(ref.id)?.needsApproval === true;
  const offices = members.map((name) => ({
    site: name,
    state:
      isHeld && name === site.plan.site ? ('held' as const) : (snapshot.mark(name, head)?.state ?? ('has' as const)),
    route: name === head.origin ? [] : routeOf(site.plan, head.origin, name),
  }));
  const steps = new Map(
    offices.flatMap(({ route }) => route.slice(1).map((to, i) => [`${route[i]} ${to}`, [route[i]!, to] as const])),
  );
  const { kind, size, origin, author, detectedAt } = head;
  return {
    path: encodeApiPath(path),
    head: { version: formatId(head), kind, size, origin, author, detectedAt: isoOf(detectedAt) },
    offices,
    hops: [...steps.values()].map(([from, to]) => hopOf(head, from, to, snapshot)),
    away: awayOf(members, snapshot),
    asOf: isoOf(snapshot.at),
  };
}

/**
 * At most child → hub → hub → child. If the origin has left the network, the route starts at the receiver's hub. Pure.
 */
function routeOf(plan: Pick<SitePlan, 'sites'>, from: string, to: string): string[] {
  const hubOf = (name: string) => {
    const one = plan.sites.find((site) => site.name === name);
    return one?.role === 'hub' ? name : one?.hub;
  };
  const way = [plan.sites.some(({ name }) => name === from) ? from : undefined, hubOf(from), hubOf(to), to];
  return way.filter((name): name is string => name !== undefined).filter((name, i, all) => name !== all[i - 1]);
}

function hopOf(head: Version, from: string, to: string, snapshot: PlacementSnapshot): Hop {
  const state: Hop['state'] = snapshot.mark(to, head)?.state ?? 'has';
  const transfer = snapshot.transferOf(to, head);
  const total = head.kind === 'file' ? head.size : 0;
  const none = { from, to, state, bytesTotal: total, rate: null, expectedSeconds: null };
  const rest = { error: null, trouble: null, nextTry: null, since: null };
  if (state === 'has') return { ...none, ...rest, percent: 100, bytesDone: total, next: `${to} has it` };
  if (!transfer) {
    const ready = snapshot.mark(from, head) === undefined;
    const next = ready ? `${to} gets it from ${from} next` : `${to} waits until ${from} has it`;
    return { ...none, ...rest, percent: 0, bytesDone: 0, next };
  }
  const { done, rate, problem, nextTry, since } = transfer;
  const moving = problem === null && rate > 0;
  return {
    from,
    to,
    state,
    percent: percentOf(transfer),
    bytesDone: done,
    bytesTotal: total,
    rate: moving ? rate : null,
    expectedSeconds: moving ? restSeconds(total - done, rate) : null,
    error: problem && sentenceOf(problem, to),
    trouble: problem && officeProblem(to, problem),
    nextTry: nextTry === null ? null : isoOf(nextTry),
    since: isoOf(since),
    next: problem === null ? `the rest comes from ${transfer.source}` : 'it is tried again',
  };
}
