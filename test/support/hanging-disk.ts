import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import koffi from 'koffi';

/**
 * A filesystem with an empty root that can be told to answer no more, as a network disk whose server is away: FUSE, served by a
 * process of its own. Undefined where it may not be mounted.
 */
export async function mountHangingDisk(
  path: string,
): Promise<{ hang(): void; answer(): void; remove(): void } | undefined> {
  const server = spawn(process.execPath, [new URL(import.meta.url).pathname, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (!(await saysReady(server))) return undefined;
  return {
    // A process that is stopped answers nothing.
    hang: () => void server.kill('SIGSTOP'),
    answer: () => void server.kill('SIGCONT'),
    remove() {
      server.kill('SIGCONT');
      server.kill('SIGKILL');
      spawnSync('umount', ['-l', path]);
    },
  };
}

function saysReady(server: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    server.stdout?.once('data', () => resolve(true));
    server.once('exit', () => resolve(false));
  });
}

const [LOOKUP, GETATTR, STATFS, INIT, OPENDIR, READDIR] = [1, 3, 17, 26, 27, 28];
const IN_HEADER = 40;
const OUT_HEADER = 16;
const [EPERM, ENOENT, ENOSYS] = [1, 2, 38];

/** Serves until the filesystem is unmounted. */
function serve(path: string): void {
  const libc = koffi.load('libc.so.6');
  const mount = libc.func(
    'int mount(const char *from, const char *at, const char *type, unsigned long flags, const char *data)',
  );
  const fd = openSync('/dev/fuse', 'r+');
  if (mount('hanging', path, 'fuse', 0, `fd=${fd},rootmode=40000,user_id=0,group_id=0,allow_other`) !== 0)
    process.exit(EPERM);
  process.stdout.write('ready\n');
  const buffer = Buffer.alloc(1 << 20);
  for (;;) {
    let length: number;
    try {
      length = readSync(fd, buffer);
    } catch {
      break;
    }
    answer(fd, buffer.subarray(0, length));
  }
  closeSync(fd);
}

/** Structures of linux/fuse.h. */
function answer(fd: number, request: Buffer): void {
  const opcode = request.readUInt32LE(4);
  const unique = request.readBigUInt64LE(8);
  if (opcode === INIT) reply(fd, unique, initOut(request));
  else if (opcode === GETATTR) reply(fd, unique, rootAttributes());
  else if (opcode === OPENDIR) reply(fd, unique, Buffer.alloc(16));
  else if (opcode === READDIR) reply(fd, unique, Buffer.alloc(0));
  else if (opcode === STATFS) reply(fd, unique, Buffer.alloc(80));
  else if (opcode === LOOKUP) reply(fd, unique, Buffer.alloc(0), ENOENT);
  // FORGET, INTERRUPT, RELEASEDIR and the like; to the first two nobody may answer.
  else if (opcode !== 2 && opcode !== 36 && opcode !== 42)
    reply(fd, unique, Buffer.alloc(0), opcode === 29 ? 0 : ENOSYS);
}

function reply(fd: number, unique: bigint, body: Buffer, errno = 0): void {
  const header = Buffer.alloc(OUT_HEADER);
  header.writeUInt32LE(OUT_HEADER + body.length, 0);
  header.writeInt32LE(-errno, 4);
  header.writeBigUInt64LE(unique, 8);
  try {
    writeSync(fd, Buffer.concat([header, body]));
  } catch {
    // The one who asked was killed.
  }
}

function initOut(request: Buffer): Buffer {
  const out = Buffer.alloc(64);
  out.writeUInt32LE(7, 0);
  out.writeUInt32LE(Math.min(31, request.readUInt32LE(IN_HEADER + 4)), 4);
  out.writeUInt32LE(1 << 16, 20);
  return out;
}

/** Valid for no time: each look asks anew. */
function rootAttributes(): Buffer {
  const out = Buffer.alloc(104);
  out.writeBigUInt64LE(1n, 16);
  out.writeUInt32LE(0o40755, 76);
  out.writeUInt32LE(2, 80);
  return out;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) serve(process.argv[2]!);
