import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { FileStore } from '@tus/file-store';
import { ERRORS, MemoryLocker, Server, type Upload } from '@tus/server';
import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import { decodeApiPath, encodeApiPath } from '../../base/api-path.ts';
import { joinPath } from '../../base/bytes.ts';
import { Refused } from '../../base/refused.ts';
import { UploadMetadata } from '../contract/change.ts';
import { refuse } from '../contract/refusals.ts';
import { describeError, PROBLEM, problemText } from '../http/errors.ts';
import { checkedPath } from '../http/path.ts';
import type { Page } from './page.ts';
import { createUnfinishedUploads } from './unfinished-uploads.ts';

/** An unfinished upload that nobody continues is removed after this long. */
const ABANDONED_MS = 7 * 24 * 3_600_000;

/** Kept free of uploads by links, in bytes. */
const LINK_RESERVE = 1024 ** 3;

/** The folder and the owner of an upload. `place`: maps the path that the uploader requests to the actual one. */
interface UploadTarget {
  folder: string;
  author: string;
  /** Who may continue the upload: nobody else. */
  owner: string;
  place(path: string): string;
  /** Holds a link, from this address: may not see what is there, and is neither asked nor told about it. */
  holder?: string;
  received?(): void;
}

export interface Uploads {
  /** Serves tus below `base`, the path that the browser sees. */
  handle(request: Request, response: Response, base: string, target: UploadTarget): Promise<void>;
  /** Removes abandoned uploads. */
  clean(): Promise<void>;
}

/** tus 1.0.0: resumable uploads, one store per folder, so that a finished file is renamed and never copied. */
export function createUploads(page: Page, log: Logger, now: () => number): Uploads {
  const stores = new Map<string, FileStore>();
  // Shared by all: two requests for one upload must not write at once.
  const locker = new MemoryLocker();
  const unfinished = createUnfinishedUploads(now);
  const storeIn = (directory: string) => {
    const store = stores.get(directory) ?? new FileStore({ directory, expirationPeriodInMilliseconds: ABANDONED_MS });
    stores.set(directory, store);
    return store;
  };

  function serverFor(
    base: string,
    room: string,
    { folder, author, owner, place, holder, received }: UploadTarget,
  ): Server {
    const blind = holder !== undefined;
    const datastore = storeIn(room);
    const metadataOf = (upload: Upload) => {
      const { path, ...rest } = UploadMetadata.parse(withoutNulls(upload.metadata));
      return { path: checkedPath(decodeApiPath(place(path)), 'entry'), ...rest };
    };
    return new ProblemServer({
      path: base,
      relativeLocation: true,
      datastore,
      locker,
      disableTerminationForFinishedUploads: true,
      allowedOrigins: () => false,
      async onIncomingRequest(_request, id) {
        const upload = await datastore.getUpload(id).catch(() => undefined);
        // Another owner's upload is reported as missing.
        if (upload && upload.metadata?.owner !== owner) throw answer(new Refused('there is no such upload', 404));
      },
      async onUploadCreate(_request, upload) {
        try {
          if (upload.size === undefined) throw new Refused('the size must be given at the start: Upload-Length');
          const { path } = metadataOf(upload);
          const free = await page.change.admit(folder, path, upload.size + (await unfinished.promised(room)));
          // Whoever has a link must not fill the disk of the office.
          if (blind && free < LINK_RESERVE) throw refuse('diskFull');
          unfinished.add(upload.id, { owner, holder, room, size: upload.size });
          return { metadata: { ...upload.metadata, owner } };
        } catch (error) {
          throw answer(error as Error);
        }
      },
      async onUploadFinish(_request, upload) {
        try {
          const { path, mtime, base: seen, keepBoth } = metadataOf(upload);
          const file = join(room, upload.id);
          const done = await page.change.receive(
            folder,
            {
              file,
              path,
              base: blind ? '' : seen,
              keepBoth: blind || keepBoth === 'true',
              ...(mtime !== undefined && { mtimeMs: mtime }),
            },
            author,
          );
          received?.();
          if (blind) return {};
          return {
            headers: {
              'x-sitesync-path': done.path,
              'x-sitesync-version': done.version ?? '',
              'x-sitesync-outcome': done.outcome,
            },
          };
        } catch (error) {
          throw answer(error as Error);
        } finally {
          // The server would look for it once more to tell when it expires, and find nothing.
          upload.creation_date = '';
          // The content was renamed away or rejected; only its metadata file is left.
          unfinished.remove(upload.id);
          await rm(join(room, upload.id), { force: true });
          await datastore.configstore.delete(upload.id);
        }
      },
      onResponseError(_request, error) {
        // The store gives no details, and hardly anything else makes a write fail.
        if (error === ERRORS.FILE_WRITE_ERROR) return bodyOf(refuse('diskFull'));
        if (!(error instanceof Error)) return undefined;
        const told = bodyOf(error);
        if (told.status_code === 500) log.error({ err: error }, 'an upload failed');
        return told;
      },
    });
  }

  return {
    async handle(request, response, base, target) {
      const room = await page.change.uploadRoom(target.folder);
      await serverFor(base, room, target).handle(request, response);
      if (request.method === 'DELETE' && response.statusCode < 300) unfinished.remove(request.path.split('/').at(-1)!);
    },
    async clean() {
      for (const { id, room } of unfinished.takeExpired()) {
        await rm(join(room, id), { force: true });
        await storeIn(room).configstore.delete(id);
      }
      for (const store of stores.values()) {
        const count = await store.deleteExpired();
        if (count > 0) log.info({ count }, 'abandoned uploads were removed');
      }
      const there = await Promise.all([...stores.keys()].map((room) => readdir(room)));
      unfinished.keep(new Set(there.flat()));
    },
  };
}

/** Reports refusals like the rest of the API. */
class ProblemServer extends Server {
  override async write(...[context, headers, status, body]: Parameters<Server['write']>) {
    if (status < 400) return super.write(context, headers, status, body);
    headers.set('content-type', PROBLEM);
    const ours = body?.startsWith('{') === true ? body : problemText({ status, detail: (body ?? '').trim() });
    return super.write(context, headers, status, ours);
  }
}

/** An error in the format of tus. */
function answer(error: Error) {
  return Object.assign(error, bodyOf(error));
}

function bodyOf(error: Error) {
  const described = describeError(error);
  return { status_code: described.status, body: problemText(described) };
}

const withoutNulls = (metadata: Record<string, string | null> = {}) => {
  const { owner: _owner, filename: _filename, filetype: _filetype, ...rest } = metadata;
  return Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null));
};

/** The requested path. */
export const asIs = (path: string) => path;
/** Below a shared directory; only names, no directories. */
export const below = (directory: string) => (path: string) =>
  joinPath(encodeApiPath(directory), path.replaceAll(/\/|%2F/gi, '_'));

export const UPLOAD_METHODS: ReadonlySet<string> = new Set(['POST', 'HEAD', 'PATCH', 'DELETE', 'OPTIONS']);
