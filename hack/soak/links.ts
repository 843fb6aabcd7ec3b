import { Transform } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { type Proxy, proxy } from '../../test/support/net.ts';
import type { LinkFault } from './step.ts';

/** What a link does now. */
type Mode = 'ok' | Exclude<LinkFault, 'reset'>;

/** A slow link: bytes per second in each direction, and delay in ms. */
const SLOW = { bytesPerSecond: 16_000, delayMs: 150 };

/** One link between two sites: a TCP proxy on loopback that can break and be slow. */
export interface Link {
  port: number;
  break(how: LinkFault): void;
  heal(): void;
  /** So far: from the dialling to the listening side, and back. */
  bytes(): { up: number; down: number };
  close(): Promise<void>;
}

/** Listens on `port` for a hub that listens on `target`. */
export async function startLink(port: number, target: number): Promise<Link> {
  let mode: Mode = 'ok';
  const isSilent = (direction: 'up' | 'down') => mode === 'hole' || (mode === 'oneWay' && direction === 'down');
  const through = (direction: 'up' | 'down') =>
    new Transform({
      async transform(chunk: Buffer, _encoding, done) {
        while (isSilent(direction) && !this.destroyed) await pause(50);
        if (mode === 'slow') await pause(SLOW.delayMs + (chunk.length / SLOW.bytesPerSecond) * 1000);
        done(null, chunk);
      },
    });
  const line: Proxy = await proxy({ port: target }, port, { admits: () => mode !== 'cut', through });
  return {
    port,
    break(how) {
      if (how !== 'reset') mode = how;
      if (how === 'reset' || how === 'cut') line.cut();
    },
    heal() {
      mode = 'ok';
    },
    bytes: line.bytes,
    close: line.close,
  };
}
