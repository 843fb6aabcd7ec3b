import { type BytePath, displayPath } from '../../base/bytes.ts';
import { isoOf } from '../../base/iso.ts';
import { type ReportedProblem, sentenceOf } from '../../problems/problem.ts';
import type { SiteView } from '../site/site.ts';
import { loadFamilies } from '../store/family.ts';
import type { Held } from '../store/held.ts';
import { refOf } from '../store/path-ref.ts';
import { percentOf } from '../store/transfer.ts';
import { formatId, type VersionId } from '../versions/version.ts';
import { headsOf } from '../versions/winner.ts';
import { membersOf } from './members.ts';
import { type Placement, readPlacement } from './placement.ts';

type SiteState = 'has' | 'waiting' | 'in transfer' | 'failing' | 'held';

export interface Why {
  path: string;
  head: { version: string; kind: string; size: number; origin: string; detectedAt: string };
  sites: {
    site: string;
    state: SiteState;
    since?: string;
    percent?: number;
    source?: string;
    /** Why it fails. */
    problem?: ReportedProblem;
    /** The same as a sentence. */
    error?: string;
    next: string;
  }[];
}

/** The state of a file at each site; undefined when no version of it is known here. */
export async function why(site: SiteView, folder: string, path: BytePath): Promise<Why | undefined> {
  const ref = refOf(folder, path);
  const family = (await loadFamilies(site.store.db, site, [ref])).get(ref.id) ?? [];
  const [head] = headsOf(family);
  if (!head) return undefined;
  const placement = await readPlacement(site);
  const change = (await site.store.brake.at([ref])).get(ref.id);
  const members = membersOf(site, folder);
  const sites = members.map((member) => {
    const isHere = member === site.plan.site;
    const line = isHere && change?.needsApproval ? stateHeld(site, change) : stateAt(placement, members, member, head);
    const problem = line.problem ?? (isHere && line.state !== 'has' ? site.problems.get('database') : undefined);
    return { site: member, ...line, ...(problem && { problem, error: sentenceOf(problem, member) }) };
  });
  const { kind, size, origin, detectedAt } = head;
  return {
    path: displayPath(path),
    head: { version: formatId(head), kind, size, origin, detectedAt: isoOf(detectedAt) },
    sites,
  };
}

/** A change made here is held. */
function stateHeld(site: SiteView, { ref, now, since }: Held): Omit<Why['sites'][number], 'site'> {
  const what = now.kind === 'deleted' ? 'deleted' : 'overwritten';
  const target = forShell(`${ref.folder}:${displayPath(ref.path)}`);
  return {
    state: 'held',
    since: isoOf(since),
    next: `it was ${what} here together with many others and is held: "sitesync approve ${target} --at ${site.plan.site}" shares the change, "sitesync reject …" undoes it`,
  };
}

const forShell = (text: string) => (/^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

function stateAt(
  { custody, mark, transferOf }: Placement,
  members: string[],
  member: string,
  head: VersionId,
): Omit<Why['sites'][number], 'site'> {
  if (!mark(member, head)) return { state: 'has', next: 'nothing: it is up to date there' };
  const transfer = transferOf(member, head);
  if (transfer) {
    const { source, problem, nextTry, since } = transfer;
    const began = isoOf(since);
    if (problem === null) {
      const percent = percentOf(transfer);
      return { state: 'in transfer', since: began, percent, source, next: `the rest comes from ${source}` };
    }
    const at = nextTry === null ? '' : ` at ${isoOf(nextTry)}`;
    return { state: 'failing', since: began, ...(source && { source }), problem, next: `it is retried${at}` };
  }
  const holders = members.filter((other) => !mark(other, head));
  const knows = (custody.get(member)?.get(head.origin)?.known ?? 0) >= head.seq;
  return {
    state: 'waiting',
    next: knows
      ? `it is pulled as soon as a neighbour has it; currently at ${holders.join(', ')}`
      : 'it does not know of this version yet: the rows are on their way',
  };
}
