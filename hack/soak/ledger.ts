import type { Deeds } from './deeds.ts';
import type { Tree } from './look.ts';
import type { SiteName } from './star.ts';

/** A content that must be findable, and why. */
export interface Owed {
  sha256: string;
  size: number;
  site: SiteName;
  path: string;
  why: string;
}

interface Place {
  sha256: string;
  size: number;
  ino: bigint;
  since: number;
  last: number;
}

/** What was stable for this long counts as saved, not as being written. */
export const STOOD_MS = 2000;

/**
 * What was in the trees, and who removed it. If a content was stable at a path for two seconds, and was then replaced or
 * removed there by SiteSync, it must be findable. If people overwrote it at every site that had it, nobody else could keep
 * it.
 */
export class Ledger {
  private readonly places = new Map<SiteName, Map<string, Place>>();
  private readonly all = new Map<string, Owed>();
  private readonly deeds: Deeds;
  /** Contents that were stable and that a person overwrote in their last place, before any other site had them. */
  readonly overwrittenAtHome = new Set<string>();

  constructor(deeds: Deeds) {
    this.deeds = deeds;
  }

  owed(): Owed[] {
    return [...this.all.values()];
  }

  owe(owed: Owed): void {
    this.all.set(`${owed.sha256} ${owed.site}`, owed);
  }

  /** A site's archive was restored from a copy: what only it had taken in since is lost through a person. Or only this content. */
  forgive(site: SiteName, sha256?: string): void {
    for (const [key, owed] of this.all)
      if (owed.site === site && (sha256 === undefined || owed.sha256 === sha256)) this.all.delete(key);
  }

  /** Takes in the current state of a tree. */
  note(site: SiteName, tree: Tree, now: number): void {
    const before = this.places.get(site) ?? new Map<string, Place>();
    const after = new Map<string, Place>();
    for (const [path, { sha256, size, ino }] of tree) {
      const place = before.get(path);
      if (sha256 === undefined) continue;
      after.set(path, { sha256, size, ino, since: place?.sha256 === sha256 ? place.since : now, last: now });
    }
    this.places.set(site, after);
    for (const [path, place] of before) {
      if (after.get(path)?.sha256 !== place.sha256) this.ended(site, path, place, now);
    }
  }

  private ended(site: SiteName, path: string, place: Place, now: number): void {
    if (place.size === 0 || place.last - place.since < STOOD_MS) return;
    const { sha256, size } = place;
    if (!this.deeds.touchedBetween(site, path, place.last - 50, now, place.ino)) {
      this.owe({ sha256, size, site, path, why: `SiteSync replaced or removed it at ${site}` });
    } else if (!this.isElsewhere(sha256)) this.overwrittenAtHome.add(sha256);
  }

  private isElsewhere(sha256: string): boolean {
    for (const places of this.places.values())
      for (const place of places.values()) if (place.sha256 === sha256) return true;
    return false;
  }
}
