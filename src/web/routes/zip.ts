import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { ZipFile } from 'yazl';
import { type BytePath, baseName, displayPath } from '../../base/bytes.ts';
import { attachmentHeader } from '../http/path.ts';
import type { Page, TreeEntry } from './page.ts';

/** Files that are found before they are read: the tree is walked as fast as it is downloaded. */
const AHEAD = 100;

/**
 * Streams a directory while reading it. Stored, not compressed: large files are mostly compressed already, and the office's
 * network is faster than deflate. A file that vanishes aborts the download: an incomplete zip must not look complete.
 */
export async function sendZip(
  response: Response,
  page: Pick<Page, 'browse'>,
  folder: string,
  path: BytePath,
  at?: string,
): Promise<void> {
  const entries = page.browse.walk(folder, path, at)[Symbol.asyncIterator]();
  // What cannot be read at all is refused before anything is sent.
  let found = await entries.next();
  response.set({
    'content-type': 'application/zip',
    'content-disposition': attachmentHeader(`${baseName(path) || folder}.zip`),
    'cache-control': 'no-store',
  });
  const zip = new ZipFile();
  const failed = new Promise<never>((_resolve, reject) => zip.once('error', reject));
  const sent = Promise.race([pipeline(zip.outputStream, response), failed]);
  const turns = createTurns(AHEAD);
  sent.catch(turns.stop);
  try {
    const skip = path === '' ? 0 : path.length + 1;
    for (; !found.done && !turns.isStopped(); found = await entries.next()) {
      addTo(zip, found.value, skip, turns.end);
      if (found.value.read) await turns.begin();
    }
    if (!turns.isStopped()) zip.end();
    await sent;
  } catch (error) {
    response.destroy(error as Error);
    await sent.catch(() => undefined);
  } finally {
    await entries.return?.();
  }
}

function addTo(zip: ZipFile, { path, kind, mtime, mode, read }: TreeEntry, skip: number, begun: () => void): void {
  // Names in a zip are text: other bytes are escaped.
  const name = displayPath(path.slice(skip)).replaceAll('\\', '_');
  const options = { mtime, mode: mode | (kind === 'dir' ? 0o040000 : 0o100000) };
  if (!read) return zip.addEmptyDirectory(name, options);
  zip.addReadStreamLazy(name, { ...options, compress: false }, (use) => {
    begun();
    read().then(
      (stream) => use(null, stream),
      (error: Error) => use(error, undefined as never),
    );
  });
}

/** At most `most` at once: `begin` waits until `end` frees a place, or until `stop` is called. */
function createTurns(most: number) {
  let open = 0;
  let stopped = false;
  let resume: (() => void) | undefined;
  return {
    begin(): Promise<void> {
      open++;
      if (open < most || stopped) return Promise.resolve();
      return new Promise((resolve) => {
        resume = resolve;
      });
    },
    end(): void {
      open--;
      resume?.();
      resume = undefined;
    },
    stop(): void {
      stopped = true;
      resume?.();
    },
    isStopped: () => stopped,
  };
}
