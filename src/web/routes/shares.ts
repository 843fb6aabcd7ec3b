import { Router } from 'express';
import { encodeApiPath } from '../../base/api-path.ts';
import { baseName } from '../../base/bytes.ts';
import { refuse } from '../contract/refusals.ts';
import { NewShare, type Share, type Shares as ShareList } from '../contract/shares.ts';
import { displayName, pathFromJson } from '../http/path.ts';
import { roleIn } from '../people/accounts.ts';
import type { Audit } from '../people/audit.ts';
import type { Guard } from '../people/guard.ts';
import { hashPassword } from '../people/password.ts';
import { ownerOf, type Shares, type StoredShare } from '../people/shares.ts';
import type { Page } from './page.ts';

const MAX_DAYS = 366;

/** Creating, listing and revoking shares. */
export function shareRoutes(page: Page, guard: Guard, shares: Shares, audit: Audit, now: () => number): Router {
  const router = Router();

  router.get('/shares', (_request, response) => {
    const { user } = guard.person(response);
    const mine = shares.all().filter((share) => ownerOf(share) === user.id || roleIn(user, share.folder) === 'admin');
    const answer: ShareList = { shares: mine.map((share) => describeShare(share, null)) };
    response.json(answer);
  });

  router.post('/shares', async (request, response) => {
    const { folder, path: text, kind, expires: when, password } = NewShare.parse(request.body);
    const { user } = guard.need(response, folder, 'editor');
    const path = pathFromJson(text, 'root');
    const expires = Date.parse(when);
    if (!(expires > now())) throw refuse('shareExpired');
    if (expires > now() + MAX_DAYS * 86_400_000) throw refuse('shareTooLong', { days: MAX_DAYS });
    const { kind: what } = await page.browse.stat(folder, path);
    if (kind === 'drop' && what !== 'dir') throw refuse('dropIntoFile');
    const hash = password === undefined ? {} : { password: await hashPassword(password) };
    const { token, share } = shares.add({ folder, path, kind, by: user.name, owner: user.id, expires, ...hash });
    audit.note({ what: 'shareMade', user: user.name, address: request.ip ?? '', ...aboutShare(share) });
    response.status(201).json(describeShare(share, `/share/${token}`));
  });

  router.delete('/shares/:id', (request, response) => {
    const { user } = guard.person(response);
    const share = shares.all().find(({ id }) => id === request.params.id);
    if (!share || !(ownerOf(share) === user.id || roleIn(user, share.folder) === 'admin')) throw refuse('noShare');
    shares.revoke(share.id);
    audit.note({ what: 'shareRevoked', user: user.name, address: request.ip ?? '', ...aboutShare(share) });
    response.status(204).end();
  });
  return router;
}

/** What the audit log says of a share. */
export const aboutShare = ({ id, folder, path }: StoredShare) => ({ share: id, folder, path: encodeApiPath(path) });

function describeShare(share: StoredShare, link: string | null): Share {
  const { id, folder, path, kind, by, made, expires, password, uses } = share;
  return {
    id,
    link,
    folder,
    path: encodeApiPath(path),
    name: baseName(path) === '' ? folder : displayName(path),
    kind,
    by,
    made: new Date(made).toISOString(),
    expires: new Date(expires).toISOString(),
    password: password !== undefined,
    uses,
  };
}
