import { repeat } from '../../base/repeat.ts';
import { type Problem, problem } from '../../problems/problem.ts';
import type { OpenFolder } from '../fs/folder.ts';
import { mostData } from '../fs/sparse.ts';
import { setProblem } from '../site/set-problem.ts';
import type { Site } from '../site/site.ts';
import { type Pending, tryAgain, waitFor } from '../store/pending.ts';
import { fitting } from './room.ts';

const POLL_MS = 2000;
/** How often waiting content is checked again without a sign that there is room. */
const WAIT_MS = 30_000;

const aboutRoom = (folder: string) => `room of ${folder}`;

/** Makes content wait that does not fit on a folder's disk, reports it, and releases it once there is room. */
export interface RoomKeeper {
  /** The items that fit, besides `inFlight` bytes already on their way; the others wait. */
  admit(folder: OpenFolder, items: Pending[], inFlight: number): Promise<Pending[]>;
  /** Resolves when the site's signal has aborted. */
  closed: Promise<void>;
}

export function createRoomKeeper(site: Site): RoomKeeper {
  /** Folders with waiting content, and the smallest size among it. */
  const short = new Map<string, number>();

  async function admit(folder: OpenFolder, items: Pending[], inFlight: number): Promise<Pending[]> {
    if (items.length === 0) return items;
    const { name } = folder.plan;
    const room = await folder.disk.room(folder.root);
    const { fit, wait } = fitting(items, ({ head }) => mostData(head), { ...room, free: room.free - inFlight });
    if (wait.length > 0) {
      const sizes = wait.map(({ head }) => mostData(head));
      const bytes = sizes.reduce((sum, size) => sum + size, 0);
      const reason = noRoom(name, folder.root, bytes);
      short.set(name, Math.min(short.get(name) ?? Number.POSITIVE_INFINITY, ...sizes));
      setProblem(site, aboutRoom(name), reason);
      const heads = wait.map(({ head }) => head);
      await waitFor(site.store.db, heads, site.now() + WAIT_MS, reason);
    }
    return fit;
  }

  /** Retries waiting content if there is room. */
  async function look(name: string, smallest: number): Promise<void> {
    const folder = site.folders.get(name);
    if (folder && !(await folder.answers())) return;
    if (folder && fitting([smallest], (size) => size, await folder.disk.room(folder.root)).fit.length === 0) return;
    short.delete(name);
    setProblem(site, aboutRoom(name));
    if (!folder) return;
    await tryAgain(site.store.db, name, ['noRoom', 'diskFull']);
    site.wake.pull.ring();
  }

  const failed = (err: Error) => site.log.warn({ err }, 'a disk could not be looked at');
  async function round(): Promise<void> {
    for (const [name, smallest] of short) await look(name, smallest).catch(failed);
  }
  const closed = repeat(round, { signal: site.signal, clock: site, pause: POLL_MS, pauseFirst: true, failed });
  return { admit, closed };
}

/** Why content waits for room. */
export const noRoom = (folder: string, root: string, bytes: number): Problem =>
  problem('noRoom', { folder, root, bytes: roundUp(bytes) });

/** Rounded up to two digits, so that the report does not change with each file. */
function roundUp(n: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, n))) - 1);
  return Math.ceil(n / step) * step;
}
