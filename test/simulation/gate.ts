import type { Random } from '../../hack/soak/random.ts';
import type { Time } from './time.ts';

/** Ends whatever an agent that was stopped still tries to do. */
class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** How often a call takes time in which others may run, and for how long at most, in ms. */
const SLOW = 0.15;
const SLOW_MS = 8;

/** Between one run of an agent and its edges: stops it at any call, and lets calls take time. */
export class Gate {
  isStopped = false;
  /** The call at which it was stopped. */
  stoppedAt: string | undefined;
  #left = Number.POSITIVE_INFINITY;
  readonly #time: Time;
  readonly #random: Random;
  readonly #ended: () => void;

  constructor(time: Time, random: Random, ended: () => void) {
    this.#time = time;
    this.#random = random;
    this.#ended = ended;
  }

  /** The agent is stopped at the `calls`-th call from now. */
  stopAfter(calls: number): void {
    this.#left = calls;
  }

  stop(call = 'at once'): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.stoppedAt = call;
    this.#ended();
  }

  /** Throws {@link Stopped} once the agent is stopped: no call reaches an edge any more. */
  check(call: string): void {
    if (!this.isStopped && --this.#left <= 0) this.stop(call);
    if (this.isStopped) throw new Stopped(call);
  }

  /** The same for calls that may take time; of a stopped agent they never end. */
  async pass(call: string): Promise<void> {
    if (!this.isStopped && --this.#left <= 0) this.stop(call);
    if (!this.isStopped && this.#random.float(0, 1) < SLOW) await this.#time.pause(this.#random.float(0, SLOW_MS));
    if (this.isStopped) await new Promise<never>(() => undefined);
  }
}
