import type { Request, Response } from 'express';
import { type BytePath, baseName } from '../../base/bytes.ts';
import { attachmentHeader } from '../http/path.ts';
import type { OpenedFile } from './page.ts';

/** What may be shown in the page; how a browser would treat anything else is unknown. */
const SHOWN: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  bmp: 'image/bmp',
  svg: 'image/svg+xml',
  pdf: 'application/pdf',
};
const TEXT =
  /^(txt|md|log|csv|tsv|json|ya?ml|xml|html?|css|[cm]?[jt]sx?|py|sh|c|h|cpp|go|rs|java|sql|ini|conf|toml|diff|patch)$/;

/** Nothing in a file can run, load anything or make requests, even when it is opened by itself. */
const SANDBOX = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; sandbox; frame-ancestors 'self'";
/** The browsers' own PDF viewers do not start in a sandbox; a PDF has no access to the origin. */
const PDF = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'";

/**
 * Sends an open file and closes it, with support for ranges, If-Range and If-None-Match by its ETag. Shown inline only if
 * its type is known to be harmless; text in any language is sent as plain text.
 */
export function sendOpened(
  request: Request,
  response: Response,
  file: OpenedFile,
  path: BytePath,
  as: 'attachment' | 'inline',
): Promise<void> {
  const type = as === 'inline' ? shownType(path) : undefined;
  response.set({
    etag: file.etag,
    'last-modified': file.mtime.toUTCString(),
    'cache-control': 'private, no-cache',
    'content-type': type ?? 'application/octet-stream',
    'content-disposition': attachmentHeader(baseName(path), type ? 'inline' : 'attachment'),
    'content-security-policy': type === 'application/pdf' ? PDF : SANDBOX,
    'x-content-type-options': 'nosniff',
  });
  return new Promise((resolve, reject) => {
    response.sendFile(
      file.fsPath.toString(),
      { dotfiles: 'allow', lastModified: false, cacheControl: false },
      (error) => {
        file.close();
        // A cancelled download is not an error.
        if (error && !request.destroyed && !response.headersSent) reject(error);
        else resolve();
      },
    );
  });
}

function shownType(path: BytePath): string | undefined {
  const extension = /\.([A-Za-z0-9]+)$/.exec(path)?.[1]?.toLowerCase() ?? '';
  return SHOWN[extension] ?? (TEXT.test(extension) ? 'text/plain; charset=utf-8' : undefined);
}
