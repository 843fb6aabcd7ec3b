import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { type InputProblem, InvalidInput } from '../base/invalid-input.ts';
import { listen } from '../base/listen.ts';
import type { DataDir } from './data-dir.ts';
import { Engine } from './network-file.ts';

/**
 * One request and one response, each a line of JSON, over a unix socket that only its owner can open. `apply`: run these
 * files from now on. `join`: continue with this bundle. `wait`: respond when all sites are up. `down`: stop everything,
 * then respond.
 */
const Request = z.discriminatedUnion('verb', [
  z.strictObject({ verb: z.literal('apply'), files: z.array(z.string()), engine: Engine.optional() }),
  z.strictObject({ verb: z.literal('join'), file: z.string().optional() }),
  z.strictObject({ verb: z.literal('wait') }),
  z.strictObject({ verb: z.literal('processes') }),
  z.strictObject({ verb: z.literal('down') }),
]);
export type Request = z.infer<typeof Request>;

const Reply = z.union([
  z.object({ answer: z.unknown() }),
  z.object({ problems: z.array(z.custom<InputProblem>()) }),
  z.object({ error: z.string() }),
]);

/** A directory in the temporary directory that is ours alone, or somebody else could pose as the supervisor. */
export function controlDir(): string {
  const uid = process.getuid?.() ?? 0;
  const parent = join(tmpdir(), `sitesync-${uid}`);
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  const stat = lstatSync(parent);
  if (!stat.isDirectory() || stat.uid !== uid || (stat.mode & 0o077) !== 0) {
    const remedy = 'Remove it, or set TMPDIR to a folder of your own';
    throw new InvalidInput([{ file: parent, reason: 'is not a folder that only you can access', remedy }]);
  }
  return parent;
}

/**
 * Path of the control socket. In the temporary directory, because a socket path is limited to 107 bytes and the data folder
 * may be deep.
 */
export function socketPath(dir: DataDir): string {
  return join(controlDir(), `${createHash('sha256').update(dir.root).digest('hex').slice(0, 16)}.sock`);
}

/** Answers requests until the server is closed. Sends what `answer` throws as problems or as an error message. */
export async function serveControl(path: string, answer: (request: Request) => Promise<unknown>): Promise<Server> {
  rmSync(path, { force: true }); // left by a killed supervisor: the caller owns the data folder
  const server = createServer((socket) => {
    const lines = createInterface({ input: socket });
    // The client went away, so nobody is left to tell. Both objects report it.
    for (const source of [socket, lines]) source.on('error', () => socket.destroy());
    lines.once('line', (line) => {
      void replyTo(line, answer).then((reply) => socket.end(`${JSON.stringify(reply)}\n`));
    });
  });
  await listen(server, { path });
  chmodSync(path, 0o600);
  return server;
}

async function replyTo(line: string, answer: (request: Request) => Promise<unknown>): Promise<unknown> {
  try {
    return { answer: (await answer(Request.parse(JSON.parse(line)))) ?? null };
  } catch (error) {
    if (error instanceof InvalidInput) return { problems: error.problems };
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** Sends a request to the supervisor. Throws {@link InvalidInput} when it found problems, or an Error on time-out. */
export async function sendRequest(path: string, request: Request, timeoutMs: number): Promise<unknown> {
  const socket = connect(path);
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    await once(socket, 'connect', { signal });
    socket.write(`${JSON.stringify(request)}\n`);
    const reply = Reply.parse(JSON.parse(await firstLine(socket, signal)));
    if ('problems' in reply) throw new InvalidInput(reply.problems);
    if ('error' in reply) throw new Error(reply.error);
    return reply.answer;
  } finally {
    socket.destroy();
  }
}

async function firstLine(socket: Socket, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: socket });
  const closed = once(lines, 'close', { signal }).then(() => {
    throw new Error('the supervisor exited before it responded');
  });
  const [line] = (await Promise.race([once(lines, 'line', { signal }), closed])) as [string];
  return line;
}
