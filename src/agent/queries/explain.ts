import type { RowDataPacket } from 'mysql2/promise';
import { type BytePath, displayPath, pathKey } from '../../base/bytes.ts';
import { isoOf, isoOfNs } from '../../base/iso.ts';
import { type ReportedProblem, sentenceOf } from '../../problems/problem.ts';
import type { SiteView } from '../site/site.ts';
import { archivedVersions } from '../store/archived.ts';
import { loadFamilies } from '../store/family.ts';
import { type Head, loadHeads, readHead } from '../store/head.ts';
import type { Held } from '../store/held.ts';
import { refOf } from '../store/path-ref.ts';
import { percentOf } from '../store/transfer.ts';
import { formatId, type VersionId } from '../versions/version.ts';
import { byRank, headsOf } from '../versions/winner.ts';
import { type Placement, readPlacement } from './placement.ts';

/** Questions about files, answered from this site's own database, also for other sites. */

export interface ListEntry {
  name: string;
  path: string;
  kind: string;
  size: number;
  /** ISO 8601. */
  mtime: string;
  version: string;
  sites: { site: string; has: boolean }[];
}

/** The entries of a directory, or the file at that path, sorted by name. This site does not have what is held here. */
export async function list(site: SiteView, folder: string, path: BytePath): Promise<ListEntry[]> {
  const { mark } = await readPlacement(site);
  const members = membersOf(site, folder);
  const [rows] = await site.store.db.query<RowDataPacket[]>(
    `SELECT * FROM local.head WHERE dir_key = ? AND kind <> 'deleted' AND path <> '' ORDER BY path LIMIT 100000`,
    [pathKey(folder, path)],
  );
  let heads = rows.map(readHead);
  if (heads.length === 0 && path !== '') {
    const ref = refOf(folder, path);
    const head = (await loadHeads(site.store.db, [ref])).get(ref.id);
    if (head && head.kind !== 'deleted' && head.kind !== 'dir') heads = [head];
  }
  const changed = await site.store.brake.at(heads.map(({ ref }) => ref));
  const isHeld = (member: string, { ref }: Head) =>
    member === site.plan.site && changed.get(ref.id)?.needsApproval === true;
  return heads.map((head) =>
    listEntry(
      head,
      members.map((member) => ({ site: member, has: !mark(member, head) && !isHeld(member, head) })),
    ),
  );
}

function listEntry(head: Head, sites: ListEntry['sites']): ListEntry {
  const name = head.ref.path.slice(head.ref.path.lastIndexOf('/') + 1);
  return {
    name: displayPath(name),
    path: displayPath(head.ref.path),
    kind: head.kind,
    size: head.size,
    mtime: isoOfNs(head.mtimeNs),
    version: formatId(head),
    sites,
  };
}

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

export interface LogEntry {
  version: string;
  kind: string;
  size: number;
  mtime: string;
  sha256: string | null;
  origin: string;
  detectedAt: string;
  head: boolean;
  base: string | null;
  /** Whether this site can restore it from its own disk. */
  keptHere: boolean;
}

/** All versions of a path, newest first. */
export async function log(site: SiteView, folder: string, path: BytePath): Promise<LogEntry[]> {
  const ref = refOf(folder, path);
  const family = (await loadFamilies(site.store.db, site, [ref])).get(ref.id) ?? [];
  const [winner] = headsOf(family);
  const kept = await archivedVersions(site.store.db, ref);
  return family
    .toSorted((a, b) => b.clock - a.clock || byRank(a, b))
    .map((v) => ({
      version: formatId(v),
      kind: v.kind,
      size: v.size,
      mtime: isoOfNs(v.mtimeNs),
      sha256: v.sha256?.toString('hex') ?? null,
      origin: v.origin,
      detectedAt: isoOf(v.detectedAt),
      head: v === winner,
      base: v.base ? formatId(v.base) : null,
      keptHere: v === winner || kept.has(formatId(v)),
    }));
}

/** Sites that share a folder; all sites for a folder that is not in the plan. */
function membersOf({ plan }: Pick<SiteView, 'plan'>, folder: string): string[] {
  return plan.folders.find(({ name }) => name === folder)?.members ?? plan.sites.map(({ name }) => name);
}
