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

/** What stood for so long was saved, and not in the middle of being written. */
export const STOOD_MS = 2000;

/**
 * What stood in the trees and who ended it. Of a content that stood still at a path for two seconds, and was then replaced or removed there by SiteSync, it
 * is owed that it can be found. Where a person wrote over it with his own hands at every site that had it, nobody else could keep it.
 */
export class Ledger {
  private readonly places = new Map<SiteName, Map<string, Place>>();
  private readonly all = new Map<string, Owed>();
  private readonly deeds: Deeds;
  /** Contents that stood still and whose last place a person ended, before any other site had them. */
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

  /** A site's archive was put back from a copy: what it alone had taken in since is gone by a person's hand. */
  forgive(site: SiteName): void {
    for (const [key, owed] of this.all) if (owed.site === site) this.all.delete(key);
  }

  /** Takes in how a tree looks now. */
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
