import { Router } from 'express';
import { PathQuery } from '../contract/browse.ts';
import { LacksQuery, TimelineQuery } from '../contract/network.ts';
import { ConflictsQuery, DiffQuery, VersionsQuery } from '../contract/versions.ts';
import { limitOpen } from '../http/open-limit.ts';
import { checkedPath } from '../http/path.ts';
import type { Guard } from '../people/guard.ts';
import { visibleTo } from './browse.ts';
import { diffOf } from './diff.ts';
import type { Page } from './page.ts';

/** Diffs run one after another. */
const DIFFS = 4;

/** What is known about files, their history and the offices. */
export function queryRoutes(page: Page, guard: Guard): Router {
  const router = Router();
  const { queries } = page;
  const diffs = limitOpen(DIFFS, 'tooManyDiffs');
  const visible = (response: Parameters<Guard['person']>[0]) => visibleTo(page, guard.person(response));

  router.get('/folders/:folder/where', async (request, response) => {
    const { folder } = request.params;
    guard.need(response, folder, 'viewer');
    const { path } = PathQuery.parse(request.query);
    response.json(await queries.where(folder, checkedPath(path, 'entry')));
  });

  router.get('/folders/:folder/versions', async (request, response) => {
    const { folder } = request.params;
    guard.need(response, folder, 'viewer');
    const { path, ...query } = VersionsQuery.parse(request.query);
    response.json(await queries.versions(folder, checkedPath(path, 'entry'), query));
  });

  router.get('/folders/:folder/diff', async (request, response) => {
    const { folder } = request.params;
    guard.need(response, folder, 'viewer');
    const { path, from, to } = DiffQuery.parse(request.query);
    diffs.open(guard.person(response).user.id, response);
    response.json(await diffOf(page, folder, checkedPath(path, 'entry'), from, to));
  });

  router.get('/conflicts', async (request, response) => {
    const { cursor, limit } = ConflictsQuery.parse(request.query);
    response.json(await queries.conflicts(visible(response), cursor, limit));
  });

  router.get('/network', async (_request, response) => void response.json(await queries.network()));

  router.get('/network/:site/lacks', async (request, response) => {
    const { cursor, limit } = LacksQuery.parse(request.query);
    response.json(await queries.lacks(request.params.site, visible(response), cursor, limit));
  });

  router.get('/timeline', async (request, response) => {
    const { cursor, limit } = TimelineQuery.parse(request.query);
    response.json(await queries.timeline(visible(response), cursor, limit));
  });
  return router;
}
