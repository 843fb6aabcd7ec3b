import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Request, type Response, Router } from 'express';
import { decodeApiPath, encodeApiPath } from '../../base/api-path.ts';
import { type BytePath, joinPath } from '../../base/bytes.ts';
import type { AuditWhat } from '../contract/audit.ts';
import { PathQuery } from '../contract/browse.ts';
import { PAGE_API } from '../contract/page-api.ts';
import { refuse } from '../contract/refusals.ts';
import { type PublicShare, Unlock } from '../contract/shares.ts';
import { limitOpen } from '../http/open-limit.ts';
import { checkedPath, displayName } from '../http/path.ts';
import { type Accounts, isVouched, roleIn } from '../people/accounts.ts';
import { createAttempts } from '../people/attempts.ts';
import type { Audit } from '../people/audit.ts';
import { readCookie } from '../people/guard.ts';
import { checkPassword } from '../people/password.ts';
import { ownerOf, type Shares, type StoredShare } from '../people/shares.ts';
import { createTurns } from '../people/turns.ts';
import type { Page } from './page.ts';
import { sendOpened } from './send.ts';
import { aboutShare } from './shares.ts';
import { below, UPLOAD_METHODS, type Uploads } from './uploads.ts';
import { sendZip } from './zip.ts';

const TRIES = 10;
const WINDOW_MS = 5 * 60_000;
/** Passwords checked at once: each takes 19 MiB. */
const CHECKS = 2;
const MOST_WAITING = 100;
/** Concurrent zips per link. */
const ZIPS = 4;

/**
 * What the holder of a link may do, signed in or not: read what is shared, or upload files into it. A share ends when its
 * creator loses the right to it.
 */
export function publicRoutes(
  page: Page,
  deps: { shares: Shares; accounts: Accounts; uploads: Uploads; audit: Audit; secure: boolean; now: () => number },
): Router {
  const { shares, accounts, uploads, audit, secure, now } = deps;
  const router = Router();
  // An unlocked share stays unlocked until this process ends.
  const key = randomBytes(32);
  const attempts = createAttempts(TRIES, WINDOW_MS, now);
  const zips = limitOpen(ZIPS, 'linkBusy');
  const turns = createTurns(CHECKS, MOST_WAITING);

  function find(token: string): StoredShare {
    const share = shares.find(token);
    const maker = share && accounts.find(ownerOf(share));
    const role = share && maker && isVouched(maker, now()) ? roleIn(maker, share.folder) : undefined;
    if (!share || !role || role === 'viewer') throw refuse('linkInvalid');
    return share;
  }
  const cookieOf = (share: StoredShare) => `share_${share.id.replace(/[^A-Za-z0-9]/g, '_')}`;
  const proof = (share: StoredShare) =>
    createHmac('sha256', key).update(`${share.id} ${share.password}`).digest('base64url');
  const isLocked = (request: Request, share: StoredShare) => {
    if (share.password === undefined) return false;
    const [given, wanted] = [Buffer.from(readCookie(request, cookieOf(share)) ?? ''), Buffer.from(proof(share))];
    return !(given.length === wanted.length && timingSafeEqual(given, wanted));
  };
  function unlocked(request: Request, token: string, kind: StoredShare['kind']): StoredShare {
    const share = find(token);
    if (isLocked(request, share)) throw refuse('linkLocked');
    if (share.kind !== kind) throw refuse('linkForbids');
    return share;
  }

  const note = (what: AuditWhat, request: Request, share: StoredShare) =>
    audit.note({ what, user: share.by, address: request.ip ?? '', ...aboutShare(share) });

  router.get('/:token', async (request, response) => {
    const share = find(request.params.token);
    const { path = '' } = PathQuery.partial().parse(request.query);
    response.json(await describe(page, share, isLocked(request, share), checkedPath(path, 'root')));
  });

  router.post('/:token/unlock', async (request, response) => {
    const share = find(request.params.token);
    const { password } = Unlock.parse(request.body);
    // Of this address: a guesser must not lock the link for everybody else.
    const key = `${request.ip ?? ''} ${share.id}`;
    await turns.run(async () => {
      const wait = attempts.wait(key);
      if (wait > 0) throw refuse('tooManyTries', { seconds: wait });
      attempts.failed(key);
      if (share.password !== undefined && !(await checkPassword(password, share.password))) {
        note('linkRefused', request, share);
        throw refuse('wrongPassword');
      }
      attempts.clear(key);
    });
    response.cookie(cookieOf(share), proof(share), { httpOnly: true, sameSite: 'strict', secure, path: '/' });
    response.json(await describe(page, share, false, ''));
  });

  router.get('/:token/file', async (request, response) => {
    const share = unlocked(request, request.params.token, 'download');
    const { path } = PathQuery.parse(request.query);
    const inside = checkedPath(path, 'root');
    const target = inside === '' ? share.path : joinPath(share.path, inside);
    const file = await page.browse.open(share.folder, checkedPath(target, 'entry'));
    if (isFromStart(request)) {
      shares.used(share.id);
      note('linkUsed', request, share);
    }
    await sendOpened(request, response, file, target, 'attachment');
  });

  router.get('/:token/zip', async (request, response) => {
    const share = unlocked(request, request.params.token, 'download');
    zips.open(share.id, response);
    shares.used(share.id);
    note('linkUsed', request, share);
    await sendZip(response, page, share.folder, share.path);
  });

  router.use('/:token/uploads', async (request: Request<{ token: string }>, response: Response, next) => {
    if (!UPLOAD_METHODS.has(request.method)) return next();
    const { token } = request.params;
    const share = unlocked(request, token, 'drop');
    const place = below(share.path);
    await uploads.handle(request, response, `${PAGE_API}/public/${token}/uploads`, {
      folder: share.folder,
      author: `${share.by} (share)`,
      owner: `share ${share.id}`,
      holder: request.ip ?? '',
      place: (path) => place(encodeApiPath(decodeApiPath(path))),
      received() {
        shares.used(share.id);
        note('linkDropped', request, share);
      },
    });
  });
  return router;
}

/** Programs fetch a file in many ranges, or continue a download: that is one use. */
function isFromStart({ method, headers: { range } }: Request): boolean {
  return method === 'GET' && (range === undefined || /^bytes=0*0-/.test(range));
}

async function describe(page: Page, share: StoredShare, locked: boolean, inside: BytePath): Promise<PublicShare> {
  const { folder, path, kind, by, expires } = share;
  const about = { kind, by, expires: new Date(expires).toISOString(), locked };
  const name = path === '' ? folder : displayName(path);
  if (locked) return { name: '', directory: false, size: 0, entries: [], ...about };
  const target = inside === '' ? path : joinPath(path, inside);
  const what = await page.browse.stat(folder, target);
  const directory = what.kind === 'dir';
  const shown = directory && kind === 'download' ? await list(page, folder, target, path) : [];
  return { name, directory, size: what.size, entries: shown, ...about };
}

async function list(page: Page, folder: string, path: BytePath, root: BytePath): Promise<PublicShare['entries']> {
  const query = { sort: 'name', order: 'asc', limit: 1000, offset: 0, deleted: 'false' } as const;
  const { entries } = await page.browse.entries(folder, path, query);
  const skip = root === '' ? 0 : root.length + 1;
  return entries.flatMap(({ name, path: text, kind, size }) => {
    const inside = encodeApiPath(decodeApiPath(text).slice(skip));
    return kind === 'file' || kind === 'dir' ? [{ name, path: inside, kind, size }] : [];
  });
}
