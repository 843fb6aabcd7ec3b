import { distinct, type Problem, problem, type ReportedProblem } from '../problems/problem.ts';

/** A number of paths of a folder, and the first of them for people. */
export interface Some {
  count: number;
  first: string[];
}

/** What a site knows about one of its folders at this moment. */
export interface FolderFacts {
  /** Why it cannot be used: its disk is away or does not respond, or the last scan failed. */
  error?: Problem;
  /** Whether its detector has just confirmed what follows. */
  current: boolean;
  /** Whether a scan under the current ignore rules has seen the whole tree. */
  passed: boolean;
  /** The next scan is overdue by more than a scan takes. */
  overdue: boolean;
  /** Announced by the kernel and not observed yet. */
  waiting: Some;
  /** Large files whose content is being read. */
  reading: Some;
  /** Changes that were observed are being journaled. */
  handling: boolean;
  /** Scans needed to find lost events, as after an overflow of the kernel's queue. */
  owed: boolean;
  /** Why some changes are found by scans only. */
  degraded?: Problem;
  /** Unreadable paths, and why the first of them are. */
  unreadable: { count: number; first: Problem[] };
  /** Changed paths that the database does not accept. */
  refused: Some;
  /** Files whose content is damaged and not repaired yet. */
  damaged: number;
  /** Deletions or overwrites that the brake has not decided yet. */
  undecided: boolean;
  /** Changes that wait for approval. */
  held: number;
  /** Heads that should be here and are not. */
  missing: number;
  /** Changes of the tree that were begun and are not recorded as done. */
  intents: number;
}

/** What is known about a site, by itself or by another one. */
export interface SyncFacts {
  /** Whether the state of the network arrives there; for another site: whether its report is current. */
  connected: boolean;
  /** The agent is starting, or follows a changed plan. */
  opening?: boolean;
  /** Known at the site itself only. */
  folders?: ReadonlyMap<string, FolderFacts>;
  /** Of another site: its own verdict. Older agents give no reasons. */
  said?: { inSync: boolean; notInSync?: readonly ReportedProblem[] | undefined };
  /** Versions that it should hold and does not, as far as the reporter knows. */
  filesBehind: number;
  /** Origins of which others know more than it does. */
  gaps?: readonly string[];
}

export interface SyncVerdict {
  inSync: boolean;
  /** Why not, lasting reasons first; empty when it is. */
  notInSync: ReportedProblem[];
}

/**
 * Whether a site is in sync. The only place that decides it: for status, heartbeat, page, metrics and conditions. Pure.
 *
 * A site is in sync only as far as it has compared: each tree has been scanned completely under its current rules;
 * nothing announced since is waiting, being read or journaled; nothing is unreadable, held or half done; and every head
 * known to the reporter is here. Whatever is unknown counts as not in sync. So a site is never reported in sync for more
 * than 2 s while trees differ (docs/decisions/0028-in-sync.md).
 */
export function judgeSync(facts: SyncFacts): SyncVerdict {
  const { connected, opening, folders, said, filesBehind, gaps } = facts;
  const notInSync: ReportedProblem[] = [
    ...when(!connected, () => problem('stateNotArriving')),
    ...when(opening, () => problem('foldersOpening')),
    ...[...(folders ?? [])].flatMap(([name, folder]) => folderNotInSync(name, folder)),
    ...(said && !said.inSync ? (said.notInSync?.length ? said.notInSync : [problem('foldersScanned')]) : []),
    ...when(filesBehind > 0, () => problem('filesBehind', { count: filesBehind })),
    ...(gaps ?? []).map((origin) => problem('changesUnknown', { origin })),
  ];
  return { inSync: notInSync.length === 0, notInSync: distinct(notInSync) };
}

/** Why a folder is not in sync, lasting reasons first; empty when it is. Pure. */
export function folderNotInSync(folder: string, facts: FolderFacts): Problem[] {
  const { error, waiting, reading, unreadable, refused, damaged, degraded, held, missing, intents } = facts;
  const unread = { count: unreadable.count, first: unreadable.first.map(pathOf) };
  return [
    ...(error ? [error] : []),
    ...when(unread.count > 0, () => problem('pathsUnreadable', { folder, ...named(unread) })),
    ...when(refused.count > 0, () => problem('pathsNotJournaled', { folder, ...named(refused) })),
    ...when(damaged > 0, () => problem('filesDamaged', { folder, count: damaged })),
    ...(degraded ? [degraded] : []),
    ...when(held > 0, () => problem('folderHeld', { folder, count: held })),
    ...when(!facts.passed, () => problem('notScanned', { folder })),
    ...when(!facts.current, () => problem('diskUnknown', { folder })),
    ...when(facts.overdue, () => problem('scanOverdue', { folder })),
    ...when(facts.owed, () => problem('scanOwed', { folder })),
    ...when(waiting.count > 0, () => problem('pathsChanged', { folder, ...named(waiting) })),
    ...when(reading.count > 0, () => problem('pathsReading', { folder, ...named(reading) })),
    ...when(facts.handling || facts.undecided, () => problem('changesTakenIn', { folder })),
    ...when(missing > 0, () => problem('filesMissing', { folder, count: missing })),
    ...when(intents > 0, () => problem('filesPlaced', { folder, count: intents })),
  ];
}

const when = (is: boolean | undefined, make: () => Problem): Problem[] => (is ? [make()] : []);

const pathOf = ({ params }: ReportedProblem) => `"${params['path'] ?? '?'}"`;

function named({ count, first }: Some): { count: number; names: string } {
  const names = first.slice(0, 3);
  return { count, names: names.length < count ? [...names, '…'].join(', ') : names.join(', ') };
}
