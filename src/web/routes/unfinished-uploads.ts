import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { refuse } from '../contract/refusals.ts';

/** Unfinished uploads that one user, or the holders of one link, may have. */
const MAX_UNFINISHED = 1000;
/** The same of one address that holds a link: others who hold it must be able to use it. */
const MAX_OF_HOLDER = 50;
/** An unfinished upload by a link that nobody continues is removed after this long. */
const BY_LINK_MS = 24 * 3_600_000;

interface Unfinished {
  owner: string;
  /** The address of a link's holder; undefined for users. */
  holder: string | undefined;
  /** The directory where it is kept. */
  room: string;
  size: number;
  /** Unix ms. */
  begunAt: number;
}

/**
 * Unfinished uploads since this process started; each costs two files, even without data, and its whole size is promised.
 * `now`: Unix ms.
 */
export function createUnfinishedUploads(now: () => number) {
  const unfinished = new Map<string, Unfinished>();
  const count = (is: (one: Unfinished) => boolean) => [...unfinished.values()].filter(is).length;
  return {
    add(id: string, upload: Omit<Unfinished, 'begunAt'>): void {
      const { owner, holder } = upload;
      const own = count((one) => one.owner === owner);
      const ofHolder = holder === undefined ? 0 : count((one) => one.owner === owner && one.holder === holder);
      if (own >= MAX_UNFINISHED || ofHolder >= MAX_OF_HOLDER) throw refuse('tooManyUploads');
      unfinished.set(id, { ...upload, begunAt: now() });
    },
    remove: (id: string) => void unfinished.delete(id),
    /** Bytes that are promised to uploads in a directory and have not arrived. */
    async promised(room: string): Promise<number> {
      const there = [...unfinished].filter(([, upload]) => upload.room === room);
      const left = await Promise.all(
        there.map(async ([id, { size }]) => Math.max(0, size - ((await sizeOf(join(room, id))) ?? size))),
      );
      return left.reduce((sum, bytes) => sum + bytes, 0);
    },
    /** Uploads by links that are too old: forgets them. */
    takeExpired(): { id: string; room: string }[] {
      const old = [...unfinished].filter(([, one]) => one.holder !== undefined && one.begunAt < now() - BY_LINK_MS);
      for (const [id] of old) unfinished.delete(id);
      return old.map(([id, { room }]) => ({ id, room }));
    },
    /** Forgets all others, which are gone. */
    keep(ids: ReadonlySet<string>): void {
      for (const id of unfinished.keys()) if (!ids.has(id)) unfinished.delete(id);
    },
  };
}

const sizeOf = (path: string) =>
  stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
