import { createHash } from 'node:crypto';
import { Router } from 'express';
import { sentenceOf } from '../../problems/problem.ts';
import { EntriesQuery, FileQuery, type Folders, ZipQuery } from '../contract/browse.ts';
import { officeProblem } from '../contract/office-problem.ts';
import { SearchQuery } from '../contract/search.ts';
import { limitOpen } from '../http/open-limit.ts';
import { checkedPath } from '../http/path.ts';
import { isAtLeast, roleIn } from '../people/accounts.ts';
import type { Guard, Person } from '../people/guard.ts';
import type { Page } from './page.ts';
import { sendOpened } from './send.ts';
import { sendZip } from './zip.ts';

/** Names of the folders that a user may see. */
export const visibleTo = (page: Page, { user }: Person): string[] =>
  page
    .folders()
    .map(({ name }) => name)
    .filter((name) => roleIn(user, name) !== undefined);

/** Each one in progress holds the names of its directory. */
const ZIPS = 8;

/** Read access: folders, directories, files, search. */
export function browseRoutes(page: Page, guard: Guard): Router {
  const router = Router();
  const zips = limitOpen(ZIPS, 'tooManyZips');

  router.get('/folders', (_request, response) => {
    const { user } = guard.person(response);
    const answer: Folders = {
      folders: page.folders().flatMap(({ name, mode, sites, problem }) => {
        const role = roleIn(user, name);
        if (!role) return [];
        const open = problem === null && (mode === 'readWrite' || mode === 'sendOnly');
        return [
          {
            name,
            mode,
            role,
            writable: open && isAtLeast(role, 'editor'),
            sites,
            error: problem && sentenceOf(problem, page.site),
            trouble: problem && officeProblem(page.site, problem),
          },
        ];
      }),
    };
    response.json(answer);
  });

  router.get('/folders/:folder/entries', async (request, response) => {
    const { folder } = request.params;
    guard.need(response, folder, 'viewer');
    const { path, ...query } = EntriesQuery.parse(request.query);
    const answer = await page.browse.entries(folder, checkedPath(path, 'root'), query);
    // asOf changes even if nothing else does.
    const { asOf: _asOf, ...rest } = answer;
    response.set({ etag: `W/"${digest(JSON.stringify(rest))}"`, 'cache-control': 'private, no-cache' });
    response.json(answer);
  });

  router.get('/folders/:folder/file', async (request, response) => {
    const { folder } = request.params;
    guard.need(response, folder, 'viewer');
    const { path, as, ...of } = FileQuery.parse(request.query);
    const file = await page.browse.open(folder, checkedPath(path, 'entry'), of);
    await sendOpened(request, response, file, path, as);
  });

  router.get('/folders/:folder/zip', async (request, response) => {
    const { folder } = request.params;
    guard.need(response, folder, 'viewer');
    const { path, at } = ZipQuery.parse(request.query);
    const directory = checkedPath(path, 'root');
    zips.open(guard.person(response).user.id, response);
    await sendZip(response, page, folder, directory, at);
  });

  router.get('/search', async (request, response) => {
    const query = SearchQuery.parse(request.query);
    response.json(await page.browse.search(query, visibleTo(page, guard.person(response))));
  });
  return router;
}

const digest = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 22);
