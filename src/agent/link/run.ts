import type { Logger } from 'pino';
import type { LinkState, SiteDir } from '../../base/site-dir.ts';
import type { LinkPlan, SitePlan } from '../../topology/site-plan.ts';
import { createBoard } from './board.ts';
import { TIMING, type Timing } from './choose.ts';
import { keepOneUp, type Uplink } from './uplink.ts';

export interface LinkOptions {
  log: Logger;
  signal: AbortSignal;
  /** Unix ms, for LinkState.since. */
  now?: () => number;
  /** In [0, 1). */
  random?: () => number;
  /** Called on every change of {@link SiteDir.linkState}, which is written first. Must not throw. */
  onChange?: (states: LinkState[]) => void;
  timing?: Partial<Timing>;
}

export interface LinkRunner {
  /** Applies a new plan; links that do not change stay up. */
  update(plan: SitePlan): void;
  /** Resolves after the signal was aborted, once every ssh is gone. */
  closed: Promise<void>;
}

/**
 * Maintains what this site dials: a child one link to the best hub that works, a hub every trunk that it dials. The keys
 * must have been issued ({@link issueSite}). Failures are retried forever and shown in the link states.
 */
export function runLinks(plan: SitePlan, dir: SiteDir, options: LinkOptions): LinkRunner {
  const { log, signal, now = Date.now, random = Math.random, onChange = () => undefined } = options;
  const board = createBoard(dir.linkState, log, now, onChange);
  const timing = { ...TIMING, ...options.timing };
  const running = new Map<string, { uplink: Uplink; stop: AbortController }>();
  const closing = new Set<Promise<void>>();

  function start(key: string, links: LinkPlan[]) {
    const stop = new AbortController();
    const context = { keysDir: dir.keys, board, log, random, timing, signal: AbortSignal.any([signal, stop.signal]) };
    const uplink = keepOneUp(links, context);
    running.set(key, { uplink, stop });
    closing.add(uplink.closed);
  }

  function update(next: SitePlan) {
    const groups = dialledGroups(next);
    for (const [key, { stop }] of running) {
      if (groups.has(key)) continue;
      stop.abort();
      running.delete(key);
    }
    for (const [key, links] of groups) {
      const present = running.get(key);
      if (present) present.uplink.update(links);
      else start(key, links);
    }
  }

  async function close() {
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.all(closing);
  }

  update(plan);
  return { update, closed: close() };
}

/**
 * What must be up at the same time: all uplinks of a child are one group, of which one is up; each trunk is a group of its
 * own.
 */
export function dialledGroups(plan: SitePlan): Map<string, LinkPlan[]> {
  const dialled = plan.links.filter((link) => link.dials).sort((a, b) => a.priority - b.priority);
  const groups = new Map<string, LinkPlan[]>();
  for (const link of dialled) {
    const key = link.kind === 'uplink' ? 'uplink' : `trunk ${link.peer}`;
    groups.set(key, [...(groups.get(key) ?? []), link]);
  }
  return groups;
}
