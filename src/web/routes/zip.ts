import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import { ZipFile } from 'yazl';
import { type BytePath, baseName, displayPath } from '../../base/bytes.ts';
import { attachmentHeader } from '../http/path.ts';
import type { Page } from './page.ts';

/**
 * Streams a directory while reading it. Stored, not compressed: large files are mostly compressed already, and the office's
 * network is faster than deflate. A file that vanishes aborts the download: an incomplete zip must not look complete.
 */
export async function sendZip(
  response: Response,
  page: Page,
  folder: string,
  path: BytePath,
  at?: string,
): Promise<void> {
  const zip = new ZipFile();
  const skip = path === '' ? 0 : path.length + 1;
  for await (const entry of page.browse.walk(folder, path, at)) {
    if (response.destroyed) return;
    // Names in a zip are text: other bytes are escaped.
    const name = displayPath(entry.path.slice(skip)).replaceAll('\\', '_');
    const options = { mtime: entry.mtime, mode: entry.mode | (entry.kind === 'dir' ? 0o040000 : 0o100000) };
    const { read } = entry;
    if (!read) zip.addEmptyDirectory(name, options);
    else
      zip.addReadStreamLazy(name, { ...options, compress: false }, (use) => {
        read().then(
          (stream) => use(null, stream),
          (error: Error) => use(error, undefined as never),
        );
      });
  }
  response.set({
    'content-type': 'application/zip',
    'content-disposition': attachmentHeader(`${baseName(path) || folder}.zip`),
    'cache-control': 'no-store',
  });
  zip.end();
  const failed = new Promise<never>((_resolve, reject) => zip.once('error', reject));
  await Promise.race([pipeline(zip.outputStream, response), failed]).catch((error: Error) => response.destroy(error));
}
