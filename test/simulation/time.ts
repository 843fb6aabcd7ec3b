/** Unix ms at which a simulation begins. */
const EPOCH = Date.UTC(2026, 0, 5, 8);

interface Timer {
  at: number;
  order: number;
  call: (() => void) | undefined;
}

/**
 * Virtual time: what is due runs in its order, and between two moments everything that waits for nothing else runs to its end. Nothing real
 * is waited for, so that a simulation is the same each time.
 */
export class Time {
  /** Ms since the beginning. */
  now = 0;
  readonly #heap: Timer[] = [];
  #order = 0;

  wall = () => EPOCH + this.now;

  after(ms: number, call: () => void): () => void {
    const timer: Timer = { at: Math.ceil(this.now + Math.max(0, ms)), order: this.#order++, call };
    push(this.#heap, timer);
    return () => {
      timer.call = undefined;
    };
  }

  pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** Lets time pass until `isOver` or, at the latest, `ms` from now. */
  async run(ms: number, isOver: () => boolean = () => false): Promise<void> {
    const end = this.now + ms;
    while (!isOver()) {
      await settled();
      const next = this.#heap[0];
      if (!next || next.at > end) break;
      this.now = Math.max(this.now, next.at);
      // What is due within the same ms happens at the same time.
      while (this.#heap[0] && this.#heap[0].at <= this.now) pop(this.#heap)?.call?.();
    }
    if (!isOver()) this.now = end;
    await settled();
  }
}

/** Resolves when no promise is left that could go on by itself. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

const isBefore = (a: Timer, b: Timer) => a.at < b.at || (a.at === b.at && a.order < b.order);

function push(heap: Timer[], timer: Timer): void {
  let i = heap.push(timer) - 1;
  for (let up = (i - 1) >> 1; i > 0 && isBefore(timer, heap[up]!); up = (i - 1) >> 1) {
    heap[i] = heap[up]!;
    i = up;
  }
  heap[i] = timer;
}

function pop(heap: Timer[]): Timer | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (!first || !last || heap.length === 0) return first;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
    if (!isBefore(heap[child]!, last)) break;
    heap[i] = heap[child]!;
    i = child;
  }
  heap[i] = last;
  return first;
}
