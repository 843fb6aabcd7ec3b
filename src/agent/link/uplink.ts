import type { Logger } from 'pino';
import { createBell } from '../../base/bell.ts';
import { type Problem, problem, sentenceOf } from '../../problems/problem.ts';
import type { Endpoint, LinkPlan } from '../../topology/site-plan.ts';
import type { Board } from './board.ts';
import * as choose from './choose.ts';
import { type Connection, connect } from './connection.ts';
import { probeHub } from './probe.ts';
import { sshCommand } from './ssh.ts';

export interface UplinkContext {
  keysDir: string;
  board: Board;
  log: Logger;
  random: () => number;
  timing: choose.Timing;
  signal: AbortSignal;
}

export interface Uplink {
  /** Sets the alternatives, in order of preference. The connection stays if its link is still among them, unchanged. */
  update(links: LinkPlan[]): void;
  /** Resolves after the signal is aborted and ssh has exited. */
  closed: Promise<void>;
}

/** Monotonic milliseconds. */
const clock = () => performance.now();
const LONGEST_WAIT_MS = 60_000;
const PROBE_TIMEOUT_MS = 5_000;

/**
 * Keeps exactly one of several alternative links up: one of a child's uplinks, or a trunk between hubs. A single loop,
 * woken by a bell.
 */
export function keepOneUp(first: LinkPlan[], context: UplinkContext): Uplink {
  const { board, log, random, timing, signal } = context;
  const bell = createBell();
  const hubStates = new Map<string, choose.HubState>();
  const problems = new Map<string, Problem>();
  let links: LinkPlan[] = [];
  let probing = false;

  const stateOf = (link: LinkPlan) => hubStates.get(link.peer) ?? choose.fresh();
  const inOrder = () => links.map(stateOf);
  const command = (link: LinkPlan) => sshCommand(link, context.keysDir).join('\0');
  /** The index of this link in the present plan; -1 if it was dropped or changed. */
  const placeOf = (link: LinkPlan) => links.findIndex((l) => l.peer === link.peer && command(l) === command(link));
  const waitUntil = (at: number) => bell.wait(Math.max(0, Math.min(at - clock(), LONGEST_WAIT_MS)), signal);

  function show(current: LinkPlan, state: 'connecting' | 'connected') {
    for (const { peer } of links) board.set(peer, peer === current.peer ? state : 'standby', problems.get(peer));
  }

  function update(next: LinkPlan[]) {
    for (const old of links) {
      if (next.some((l) => l.peer === old.peer && command(l) === command(old))) continue;
      hubStates.delete(old.peer); // another address or other ports: its history no longer applies
      problems.delete(old.peer);
      if (!next.some((l) => l.peer === old.peer)) board.remove(old.peer);
    }
    links = next;
    bell.ring();
  }

  async function run() {
    while (!signal.aborted) {
      const { index, at } = choose.nextDial(inOrder());
      const link = links[index];
      if (!link) {
        await waitUntil(Number.POSITIVE_INFINITY);
        continue;
      }
      show(link, 'connecting');
      if (at > clock()) await waitUntil(at);
      else await serveOrWait(link);
    }
    for (const { peer } of links) board.remove(peer);
  }

  /** A link that cannot be tried at all, as without an address, does not stop the others. */
  async function serveOrWait(link: LinkPlan) {
    const startedAt = clock();
    try {
      await serve(link);
    } catch (error) {
      const event = { startedAt, upMs: 0, now: clock(), random: random() };
      hubStates.set(link.peer, choose.ended(stateOf(link), event, timing));
      problems.set(link.peer, problem('linkDown', { peer: link.peer, why: (error as Error).message }));
      log.error({ peer: link.peer, err: error }, 'the link cannot be established');
    }
  }

  async function serve(link: LinkPlan) {
    const startedAt = clock();
    let upAt: number | undefined;
    const connection = connect(sshCommand(link, context.keysDir), link, log, bell.ring);
    while (connection.state() !== 'ended') {
      const place = placeOf(link);
      if (signal.aborted || place < 0) return connection.stop();
      if (connection.state() === 'up') {
        if (upAt === undefined) log.info({ peer: link.peer }, 'link is up');
        upAt ??= clock();
        report(link, connection);
        const better = choose.returnTo(inOrder(), place, timing);
        if (better !== undefined) return moveTo(better, link, connection);
        await waitUntil(probeIfDue(place));
      } else if (clock() >= startedAt + timing.readyWithinMs) {
        await connection.stop(`the connection did not get ready in ${timing.readyWithinMs} ms`);
      } else {
        await waitUntil(startedAt + timing.readyWithinMs);
      }
    }
    const why = connection.problem() ?? problem('linkEnded', { peer: link.peer });
    if (placeOf(link) < 0) return;
    const upMs = upAt === undefined ? 0 : clock() - upAt;
    const event = { startedAt, upMs, now: clock(), random: random() };
    hubStates.set(link.peer, choose.ended(stateOf(link), event, timing));
    problems.set(link.peer, why);
    const { failures } = stateOf(link);
    log.warn({ peer: link.peer, failures, error: sentenceOf(why, 'this site') }, 'link is down');
  }

  function report(link: LinkPlan, connection: Connection) {
    const refused = connection.problem();
    if (refused === undefined) problems.delete(link.peer);
    else problems.set(link.peer, refused);
    show(link, 'connected');
  }

  /** The other hub's forwards use the same local ports, so the old ssh must exit before the new one can start. */
  async function moveTo(better: number, link: LinkPlan, connection: Connection) {
    const to = links[better];
    if (!to) return;
    log.info({ from: link.peer, to: to.peer }, 'a preferred hub is healthy again: moving to it');
    await connection.stop();
    hubStates.set(link.peer, choose.fresh());
    hubStates.set(to.peer, choose.returning(stateOf(to)));
  }

  /** Starts a due probe; returns when to check again. */
  function probeIfDue(place: number): number {
    const next = choose.nextProbe(inOrder(), place);
    const link = next && links[next.index];
    if (!next || !link?.address || probing) return Number.POSITIVE_INFINITY;
    if (next.at > clock()) return next.at;
    void probe(link, link.address);
    return Number.POSITIVE_INFINITY;
  }

  async function probe(link: LinkPlan, address: Endpoint) {
    probing = true;
    const well = await probeHub(address, PROBE_TIMEOUT_MS);
    probing = false;
    if (placeOf(link) >= 0) hubStates.set(link.peer, choose.probed(stateOf(link), well, clock(), random(), timing));
    if (well) problems.delete(link.peer);
    bell.ring();
  }

  update(first);
  return { update, closed: run() };
}
