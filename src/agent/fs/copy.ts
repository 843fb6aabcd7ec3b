import { constants, fstatSync } from 'node:fs';
import { copyFile, type FileHandle, open, rm } from 'node:fs/promises';
import { seekData } from './native.ts';
import { countData, createStretches } from './stretches.ts';

const CHUNK = 1024 * 1024;
const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** O_NONBLOCK: opening a pipe must not wait for its writer. */
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

const reads = { seekData, stats: (fd: number) => fstatSync(fd, { bigint: true }) };

/**
 * Copies a file to a name that must not exist. Blocks are shared where the filesystem can; otherwise holes stay holes,
 * which the system calls that Node uses fill with zeros on most. Leaves nothing when it fails.
 */
export async function copy(from: string | Buffer, to: string | Buffer): Promise<void> {
  const source = await open(from, READ);
  try {
    const { size, mode } = await source.stat();
    if (countData(reads, source.fd) >= size)
      return await copyFile(from, to, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    try {
      await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw error;
      await copyNew(source, to, mode & 0o777);
    }
  } finally {
    await source.close();
  }
}

/**
 * Gives an empty file that exists the content of another, with its holes. Unlike copyFile it leaves owner, group and mode
 * as they are.
 */
export async function copyInto(from: string | Buffer, to: string | Buffer): Promise<void> {
  const source = await open(from, READ);
  try {
    const target = await open(to, constants.O_WRONLY | constants.O_NOFOLLOW);
    try {
      await target.truncate(await copyData(source, target));
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function copyNew(source: FileHandle, to: string | Buffer, mode: number): Promise<void> {
  const target = await open(to, NEW, mode);
  try {
    await target.chmod(mode);
    await target.truncate(await copyData(source, target));
  } catch (error) {
    await rm(to, { force: true });
    throw error;
  } finally {
    await target.close();
  }
}

/** Copies the data to the same offsets. Returns the size of the source. */
async function copyData(source: FileHandle, target: FileHandle): Promise<number> {
  const buffer = Buffer.allocUnsafe(CHUNK);
  const stretches = createStretches(reads, source.fd);
  let at = 0;
  for (let next = stretches.next(CHUNK); next; next = stretches.next(CHUNK)) {
    const bytes = next.isHole ? next.bytes : (await source.read(buffer, 0, next.bytes, at)).bytesRead;
    if (bytes === 0) break;
    if (!next.isHole) await writeAll(target, buffer.subarray(0, bytes), at);
    stretches.took(bytes);
    at += bytes;
  }
  return at;
}

async function writeAll(target: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await target.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
}
