import { type FolderFacts, folderNotInSync, judgeSync, type Some } from '../../api/in-sync.ts';
import { displayPath } from '../../base/bytes.ts';
import { isoOf } from '../../base/iso.ts';
import { distinct, type Problem, problem, type ReportedProblem, sentenceOf } from '../../problems/problem.ts';
import type { Detector } from '../detect/detector.ts';
import type { DetectState } from '../detect/folder-state.ts';
import type { Links } from '../link/links.ts';
import type { SiteView } from '../site/site.ts';
import { countConflicts } from '../store/conflict.ts';
import { currentCustody } from '../store/custody.ts';
import { incompleteByFolder } from '../store/incomplete.ts';
import { backlog } from '../store/pending.ts';
import { countSkipped } from '../store/skipped.ts';
import { folderFacts } from './folder-facts.ts';
import { isOpening } from './ready.ts';
import { type FolderVerification, verification } from './verification.ts';

/** The status of one site at `asOf`. Field names are a contract: `sitesync status --json`. */
export interface AgentStatus {
  name: string;
  role: 'hub' | 'child';
  /** The hub it is connected to, or would connect to; null at a hub. */
  hub: string | null;
  connected: boolean;
  /** See {@link judgeSync}. */
  inSync: boolean;
  /** Why not; empty when it is. */
  notInSync: ReportedProblem[];
  /** The same as sentences. */
  reasons: string[];
  folders: Record<string, FolderStatus>;
  /** Age of the oldest head that it lacks; 0 when none. */
  lagSeconds: number;
  filesBehind: number;
  bytesBehind: number;
  conflicts: number;
  /** Changes that wait for approval. */
  held: number;
  /** Files whose content is damaged and not repaired yet. */
  damaged: number;
  /** ISO 8601: when everything here had last been verified; null: not yet. */
  verifiedAt: string | null;
  verification: FolderVerification[];
  /** Journal rows that differed from a neighbour's so far, and were copied again. */
  rowsRepaired: number;
  problems: ReportedProblem[];
  /** The same as sentences. */
  errors: string[];
  /** ISO 8601. */
  asOf: string;
  /** By origin: the highest version known here, and the highest below which everything is held. */
  vector: Record<string, { known: number; held: number }>;
  detect: Omit<DetectState, 'problems'> & { errors: string[] };
}

/** The state of one folder at this site. `first` names the first paths. */
interface FolderStatus {
  inSync: boolean;
  notInSync: ReportedProblem[];
  /** The same as sentences. */
  reasons: string[];
  missing: number;
  /** Changed, and not journaled yet. */
  waiting: Some;
  unreadable: Some;
}

export async function agentStatus(site: SiteView, links: Links, detector: Detector): Promise<AgentStatus> {
  const now = site.now();
  const folders = await folderFacts(site, detector);
  const held = [...folders.values()].reduce((sum, folder) => sum + folder.held, 0);
  const [behind, custody, conflicts] = [
    await backlog(site.store.db),
    await currentCustody(site.store),
    await countConflicts(site.store.db, site.plan.site),
  ];
  const connected = links.connected();
  const verdict = judgeSync({ connected, opening: isOpening(site, detector), folders, filesBehind: behind.files });
  const { problems: seen, ...detect } = detector.state();
  const verified = await verification(site);
  const problems = distinct<ReportedProblem>([
    ...site.folderErrors.values(),
    ...site.problems.values(),
    ...site.store.refused.problems(),
    ...(await skippedRows(site)),
    ...links.problems(),
    ...verified.problems,
    ...behind.problems,
    ...(await rightsNotSet(site)),
    ...seen,
    ...[...folders.values()].flatMap((folder) => folder.unreadable.first),
  ]);
  const words = (all: ReportedProblem[]) => all.map((one) => sentenceOf(one, site.plan.site));
  const { name, role, hub } = site.plan.sites.find((other) => other.name === site.plan.site)!;
  return {
    name,
    role,
    hub: role === 'hub' ? null : (links.hub() ?? hub ?? null),
    connected,
    ...verdict,
    reasons: words(verdict.notInSync),
    folders: Object.fromEntries([...folders].map(([name, facts]) => [name, folderStatus(name, facts, words)])),
    lagSeconds: behind.oldest === undefined ? 0 : Math.max(0, Math.round((now - behind.oldest) / 1000)),
    filesBehind: behind.files,
    bytesBehind: behind.bytes,
    conflicts,
    held,
    damaged: verified.damaged,
    verifiedAt: verified.verifiedAt,
    verification: verified.folders,
    rowsRepaired: verified.rowsRepaired,
    problems,
    errors: words(problems),
    asOf: isoOf(now),
    vector: Object.fromEntries([...custody].map(([origin, { known, held }]) => [origin, { known, held }])),
    detect: { ...detect, errors: words(seen) },
  };
}

/** The first rows of other sites that were skipped. */
async function skippedRows({ store: { db } }: SiteView): Promise<Problem[]> {
  const folders = [...(await countSkipped(db)).values()];
  return folders
    .flatMap(({ first }) => first)
    .map(({ origin, folder, path, reason }) =>
      problem('rowSkipped', { origin, path: `${folder}:${displayPath(path)}`, why: reason }),
    );
}

/** One for each folder in which files have other rights than they should have. */
async function rightsNotSet({ disk, store: { db } }: SiteView): Promise<Problem[]> {
  const code = disk.self().uid === 0 ? 'rightsRefused' : 'rightsNotRoot';
  return [...(await incompleteByFolder(db))].map(([folder, count]) => problem(code, { folder, count }));
}

function folderStatus(name: string, facts: FolderFacts, words: (all: ReportedProblem[]) => string[]): FolderStatus {
  const notInSync = folderNotInSync(name, facts);
  const { missing, waiting, unreadable } = facts;
  return {
    inSync: notInSync.length === 0,
    notInSync,
    reasons: words(notInSync),
    missing,
    waiting,
    unreadable: { count: unreadable.count, first: words(unreadable.first) },
  };
}
