import type { RowDataPacket } from 'mysql2/promise';
import { encodeApiPath } from '../../base/api-path.ts';
import { bisect } from '../../base/bisect.ts';
import { type BytePath, displayPath } from '../../base/bytes.ts';
import { delay } from '../../base/delay.ts';
import { Refused } from '../../base/refused.ts';
import { isRefusal } from '../../database/refusal.ts';
import type { HeldOutcome } from '../../web/contract/held.ts';
import { refuse } from '../../web/contract/refusals.ts';
import { isArchived } from '../archive/archive.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { answeringFolder } from '../queries/folder-of.ts';
import { mustAnswer } from '../site/must-answer.ts';
import type { Site } from '../site/site.ts';
import { loadCustody } from '../store/custody.ts';
import { type Held, heldBatches } from '../store/held.ts';
import type { PathRef } from '../store/path-ref.ts';
import { type Custody, has } from '../versions/custody.ts';
import { observeAs } from './observe-as.ts';
import { rejectSome } from './reject.ts';

export type Decision = 'approve' | 'reject';

/** A user waits no longer than this for an answer; the work continues. */
const ANSWER_MS = 20_000;
/** Maximum number of refused paths in an answer. */
const TOLD = 20;

/**
 * Carries out a decision on held changes: of these paths and everything below them, or of the whole folder. Approved ones
 * are journaled in the user's name, rejected ones are undone. Each is either done or stays held, even after a crash. Throws
 * {@link Refused}.
 */
export async function carryOut(
  site: Site,
  verdict: Decision,
  name: string,
  paths: BytePath[] | undefined,
  author: string,
): Promise<HeldOutcome> {
  const folder = await folderFor(site, verdict, name);
  const counts = (await site.store.brake.counts()).get(name);
  if (!counts) throw refuse('nothingHeld', { name, site: site.plan.site });
  if (site.store.brake.deciding.has(name)) throw refuse('deciding', { folder: name });
  const outcome: Omit<HeldOutcome, 'left' | 'goesOn'> = { decided: 0, refused: [] };
  site.store.brake.deciding.add(name);
  const work = workOff(site, verdict, folder, paths, author, outcome).finally(() =>
    site.store.brake.deciding.delete(name),
  );
  const late = Symbol();
  const result = await Promise.race([work, delay(ANSWER_MS, site.signal).then(() => late)]);
  if (result === late)
    work.catch((error: Error) =>
      site.log.error({ err: error, folder: name }, 'a decision was only partly carried out'),
    );
  if (result !== late && paths && outcome.decided === 0 && outcome.refused.length === 0)
    throw new Refused(
      `there are no held changes to "${paths.map(displayPath).slice(0, 3).join('", "')}" in "${name}"`,
      404,
    );
  const left = (await site.store.brake.counts()).get(name)?.changes ?? 0;
  return { ...outcome, left, goesOn: result === late };
}

async function folderFor(site: Site, verdict: Decision, name: string): Promise<OpenFolder> {
  const folder = await answeringFolder(site, name);
  const { mode } = folder.plan;
  if (verdict === 'approve' && (mode === 'receiveOnly' || mode === 'relay'))
    throw new Refused(`"${name}" is now receive-only at ${site.plan.site}: reject the changes`, 409);
  if (verdict === 'reject' && mode === 'sendOnly')
    throw new Refused(
      `"${name}" is send-only at ${site.plan.site}: restore the files there, or approve the changes`,
      409,
    );
  return folder;
}

async function workOff(
  site: Site,
  verdict: Decision,
  folder: OpenFolder,
  paths: BytePath[] | undefined,
  author: string,
  outcome: Pick<HeldOutcome, 'decided' | 'refused'>,
): Promise<void> {
  const { name } = folder.plan;
  const custody = verdict === 'reject' ? await custodyOfOthers(site, folder) : new Map<string, Map<string, Custody>>();
  // Deletions of children come before those of their directories, and are undone after them.
  for await (const part of heldBatches(
    site.store.db,
    name,
    true,
    paths,
    verdict === 'approve' ? 'deepest' : 'shallowest',
  )) {
    if (site.signal.aborted) return;
    await mustAnswer(site, folder);
    const refused =
      verdict === 'approve'
        ? await approveSome(site, folder, part, author)
        : await rejectKept(site, folder, part, author, custody);
    outcome.decided += part.length - refused.size;
    for (const { ref } of part) {
      const reason = refused.get(ref.id);
      if (reason && outcome.refused.length < TOLD) outcome.refused.push({ path: encodeApiPath(ref.path), reason });
    }
  }
  site.store.brake.forgetRecent(name);
  site.log.warn({ folder: name, verdict, author, changes: outcome.decided }, 'held changes were approved or rejected');
}

/** @returns why not, by path id */
async function approveSome(site: Site, folder: OpenFolder, part: Held[], author: string): Promise<Map<string, string>> {
  const refs = part.map(({ ref }) => ref);
  await observeAs(site, folder, refs, author);
  return new Map([...(await site.store.brake.at(refs)).keys()].map((id) => [id, 'it is being changed: try again']));
}

async function rejectKept(
  site: Site,
  folder: OpenFolder,
  part: Held[],
  author: string,
  custody: Map<string, Map<string, Custody>>,
): Promise<Map<string, string>> {
  const refused = new Map<string, string>();
  const kept: PathRef[] = [];
  for (const { ref, was } of part) {
    const there =
      was.kind !== 'file' ||
      was.size === 0 ||
      [...custody].some(([member, held]) => has(member, held, was)) ||
      (await isHere(site, folder, was.sha256!));
    if (there) kept.push(ref);
    else refused.set(ref.id, 'no other site has the previous content: approve it, or restore the file yourself');
  }
  const reject = (refs: PathRef[]) => rejectSome(site, folder, refs, author);
  const parts = await bisect(kept, reject, isRefusal, ({ id }, error) => refused.set(id, error.message));
  for (const [id, reason] of parts.flatMap((part) => [...part])) refused.set(id, reason);
  return refused;
}

/** Whether content is on this disk, in the folder or its archive. */
async function isHere(site: Site, folder: OpenFolder, sha256: Buffer): Promise<boolean> {
  if (isArchived(folder, sha256)) return true;
  const [rows] = await site.store.db.query<RowDataPacket[]>(
    'SELECT 1 FROM local.`index` WHERE sha256 = ? AND folder = ? LIMIT 1',
    [sha256, folder.plan.name],
  );
  return rows.length > 0;
}

async function custodyOfOthers(site: Site, { plan }: OpenFolder): Promise<Map<string, Map<string, Custody>>> {
  const custody = new Map<string, Map<string, Custody>>();
  for (const member of plan.members)
    if (member !== site.plan.site) custody.set(member, await loadCustody(site.store.db, member));
  return custody;
}
