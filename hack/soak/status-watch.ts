import type { Tree } from './look.ts';
import { SITES, type SiteName, SOMETIMES_IGNORED } from './star.ts';

/** How long trees may differ while the network claims to be in sync. */
export const LIE_MS = 2000;

/** An answer to whether all sites are in sync: requested at `from`, complete at `to`. */
export interface Said {
  from: number;
  to: number;
  inSync: boolean;
}

export interface Lie {
  path: string;
  /** What is there, per site. */
  said: Record<string, string>;
  /** How long it had been so when the status was requested, in ms. */
  forMs: number;
}

/**
 * Compares the status with the trees. A lie is an "in sync" that was requested when a path had differed between sites for
 * two seconds, and that path did not change at any site until the answer was complete. Paths that an ignore rule may
 * exclude do not count.
 */
export class StatusWatch {
  private state = new Map<string, string>();
  private changed = new Map<string, number>();

  /** Takes in all trees as of `now`, and judges the answers since the last call. */
  note(trees: ReadonlyMap<SiteName, Tree>, now: number, answers: Said[]): Lie[] {
    const state = new Map<string, string>();
    for (const path of new Set([...trees.values()].flatMap((tree) => [...tree.keys()]))) {
      if (SOMETIMES_IGNORED.test(path)) continue;
      state.set(path, SITES.map((site) => trees.get(site)?.get(path)?.said ?? 'missing').join('\0'));
    }
    for (const path of new Set([...state.keys(), ...this.state.keys()])) {
      if (state.get(path) !== this.state.get(path)) this.changed.set(path, now);
    }
    for (const path of this.changed.keys()) if (!state.has(path)) this.changed.delete(path);
    this.state = state;
    return answers.filter(({ inSync }) => inSync).flatMap((answer) => this.contradictions(answer));
  }

  private contradictions({ from }: Said): Lie[] {
    return [...this.state].flatMap(([path, joined]) => {
      const said = joined.split('\0');
      const since = this.changed.get(path) ?? 0;
      if (said.every((one) => one === said[0]) || since > from - LIE_MS) return [];
      return [{ path, forMs: from - since, said: Object.fromEntries(SITES.map((site, i) => [site, said[i]!])) }];
    });
  }
}

/** Paths at which the trees differ, with what is there. */
export function differences(trees: ReadonlyMap<SiteName, Tree>): Map<string, Record<string, string>> {
  const found = new Map<string, Record<string, string>>();
  for (const path of new Set([...trees.values()].flatMap((tree) => [...tree.keys()]))) {
    const said = SITES.map((site) => trees.get(site)?.get(path)?.said ?? 'missing');
    if (said.some((one) => one !== said[0]))
      found.set(path, Object.fromEntries(SITES.map((site, i) => [site, said[i]!])));
  }
  return found;
}
