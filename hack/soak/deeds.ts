import type { SiteName } from './star.ts';

interface Touch {
  at: number;
  path: string;
  /** A directory and everything below it. */
  below: boolean;
  ino?: bigint;
}

/** How long a touch is remembered: passes are less than a second apart, even on a busy machine. */
const KEPT_MS = 120_000;

/**
 * What people did, by site: who put which content where. Anything else in a journal or beside a file was made by nobody.
 * Contents are identified by their hash in hex.
 */
export class Deeds {
  /** site → path → hashes that a person put there. */
  private readonly puts = new Map<SiteName, Map<string, Set<string>>>();
  /** path → hashes that anybody put there. */
  private readonly anywhere = new Map<string, Set<string>>();
  private readonly contents = new Set<string>();
  /** site → inode → paths at which a person had it. */
  private readonly names = new Map<SiteName, Map<bigint, Set<string>>>();
  private readonly moves = new Map<SiteName, { from: string; to: string }[]>();
  /** Paths of which a person changed mode, time or name, not the content. */
  private readonly handled = new Map<SiteName, Set<string>>();
  private readonly removals = new Map<SiteName, Set<string>>();
  private readonly touches = new Map<SiteName, Touch[]>();

  /** The content of an inode: what is written to an open file counts for every name that people gave it. */
  putInode(site: SiteName, path: string, ino: bigint, sha256: string): void {
    for (const name of this.nameInode(site, path, ino)) this.put(site, name, sha256);
  }

  /** A person gave this inode another name, so that what is written through that one changes this one too. Returns all its names. */
  nameInode(site: SiteName, path: string, ino: bigint): ReadonlySet<string> {
    const inodes = at(this.names, site, () => new Map<bigint, Set<string>>());
    return at(inodes, ino, () => new Set<string>()).add(path);
  }

  put(site: SiteName, path: string, sha256: string): void {
    at(
      at(this.puts, site, () => new Map()),
      path,
      () => new Set(),
    ).add(sha256);
    at(this.anywhere, path, () => new Set()).add(sha256);
    this.contents.add(sha256);
  }

  handle(site: SiteName, path: string): void {
    at(this.handled, site, () => new Set()).add(path);
  }

  /** A person removed the path and everything below it. */
  remove(site: SiteName, path: string): void {
    at(this.removals, site, () => new Set()).add(path);
  }

  /** A directory was renamed or copied. What the agent was just putting into it moved with it. */
  move(site: SiteName, from: string, to: string): void {
    at(this.moves, site, () => []).push({ from, to });
  }

  /** A person may have changed what is at this path, and at other names of that inode, from now on. */
  touch(site: SiteName, path: string, now: number, below = false, ino?: bigint): void {
    const list = at(this.touches, site, () => []);
    while (list[0] && list[0].at < now - KEPT_MS) list.shift();
    list.push({ at: now, path, below, ...(ino !== undefined && { ino }) });
  }

  touchedBetween(site: SiteName, path: string, from: number, to: number, ino?: bigint): boolean {
    return (this.touches.get(site) ?? []).some(
      (touch) =>
        touch.at >= from &&
        touch.at <= to &&
        (touch.path === path || (touch.below && isBelow(path, touch.path)) || (ino !== undefined && touch.ino === ino)),
    );
  }

  /** Whether any person ever made this content. */
  isContent(sha256: string): boolean {
    return this.contents.has(sha256);
  }

  /** Whether a person at this site caused this content to be at this path. */
  explains(site: SiteName, path: string, sha256: string): boolean {
    if (this.puts.get(site)?.get(path)?.has(sha256)) return true;
    if (this.handled.get(site)?.has(path) && this.anywhere.get(path)?.has(sha256)) return true;
    return this.cameWithDirectory(site, path, sha256, new Set());
  }

  private cameWithDirectory(site: SiteName, path: string, sha256: string, seen: Set<string>): boolean {
    if (seen.has(path)) return false;
    seen.add(path);
    return (this.moves.get(site) ?? []).some(({ from, to }) => {
      if (!isBelow(path, to)) return false;
      const before = from + path.slice(to.length);
      return this.anywhere.get(before)?.has(sha256) || this.cameWithDirectory(site, before, sha256, seen);
    });
  }

  /** Whether a person at this site removed this path or a parent of it. */
  explainsRemoval(site: SiteName, path: string): boolean {
    const removed = this.removals.get(site);
    if (!removed) return false;
    for (let at = path; ; at = at.slice(0, at.lastIndexOf('/'))) {
      if (removed.has(at)) return true;
      if (!at.includes('/')) return false;
    }
  }
}

const isBelow = (path: string, dir: string) => dir === '' || path === dir || path.startsWith(`${dir}/`);

function at<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
