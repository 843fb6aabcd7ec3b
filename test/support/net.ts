import { randomInt } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

const given = new Set<number>();
/** Workers that run at once each have ports of their own: between "it is free" and "it is in use" lies a moment. */
const WORKERS = 8;
const worker = Number(process.env.VITEST_POOL_ID ?? 0) % WORKERS;
/** So do whole runs: each holds one of these ports, see run-slot.ts. */
export const RUN_SLOTS = 4;
export const SLOT_PORT = 10_200;
const SHARES = WORKERS * RUN_SLOTS;
const share = Number(process.env.SITESYNC_TEST_SLOT ?? 0) * WORKERS + worker;

/**
 * A loopback port that was free a moment ago, each once, of those that the kernel gives to nobody as the near end of a connection: a
 * server that is stopped finds it free again.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_240, 32_768);
    if (given.has(port) || port % SHARES !== share) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** A TCP proxy on loopback that counts and can misbehave like a network. */
export interface Proxy {
  port: number;
  /** Bytes forwarded since the start: to the target, and back from it. */
  bytes(): { up: number; down: number };
  /** Connections accepted since the start. */
  accepted(): number;
  /** Nothing moves any more on any connection, and none is closed; new ones are accepted and hang too. */
  freeze(): void;
  /** Ends {@link Proxy.freeze}: what was under way goes on. */
  thaw(): void;
  /** The present connections are dead for ever without either end being told; new ones work. */
  blackhole(): void;
  /** Resets the present connections. */
  cut(): void;
  close(): Promise<void>;
}

function stopPair([near, far]: [Socket, Socket]): void {
  near.unpipe().pause();
  far.unpipe().pause();
}

export interface ProxyOptions {
  /** Whether a connection is taken; it is reset otherwise. */
  admits?: () => boolean;
  /** What the bytes of one direction of a connection go through: for delays. Not with {@link Proxy.freeze}. */
  through?: (direction: 'up' | 'down') => Duplex;
}

/** Forwards connections to `target`; `port` when it must be a certain one. */
export async function proxy(
  target: { host?: string; port: number },
  port = 0,
  { admits = () => true, through }: ProxyOptions = {},
): Promise<Proxy> {
  const pairs = new Set<[Socket, Socket]>();
  const count = { up: 0, down: 0, accepted: 0 };
  let frozen = false;
  // Half-open connections stay half-open: a proxy must not add or drop an end of stream.
  const server = createServer({ allowHalfOpen: true }, (near) => {
    count.accepted++;
    if (!admits()) return void near.on('error', () => undefined).resetAndDestroy();
    const far = connect({ host: target.host ?? '127.0.0.1', port: target.port, allowHalfOpen: true });
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    for (const socket of pair) socket.setNoDelay(true);
    near.on('data', (bytes) => void (count.up += bytes.length));
    far.on('data', (bytes) => void (count.down += bytes.length));
    const lanes = through && { up: through('up'), down: through('down') };
    (lanes ? near.pipe(lanes.up) : near).pipe(far);
    (lanes ? far.pipe(lanes.down) : far).pipe(near);
    if (frozen) stopPair(pair);
    for (const socket of pair) {
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        if (!pairs.delete(pair)) return;
        for (const stream of [near, far, ...Object.values(lanes ?? {})]) stream.destroy();
      });
    }
  });
  const dead: [Socket, Socket][] = [];
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    bytes: () => ({ up: count.up, down: count.down }),
    accepted: () => count.accepted,
    freeze() {
      frozen = true;
      for (const pair of pairs) stopPair(pair);
    },
    thaw() {
      frozen = false;
      for (const [near, far] of pairs) {
        near.pipe(far);
        far.pipe(near);
      }
    },
    blackhole() {
      for (const pair of pairs) {
        stopPair(pair);
        dead.push(pair);
      }
      pairs.clear();
    },
    cut() {
      for (const pair of pairs) for (const socket of pair) socket.resetAndDestroy();
    },
    async close() {
      for (const pair of [...pairs, ...dead]) for (const socket of pair) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
