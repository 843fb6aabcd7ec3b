import { Router } from 'express';
import { Deletion, ExistingQuery, Move, NewDirectory, Restoration, Restore } from '../contract/change.ts';
import { Resolve } from '../contract/versions.ts';
import { pathFromJson } from '../http/path.ts';
import type { Guard } from '../people/guard.ts';
import type { Page } from './page.ts';

/** Changes to the tree, made in the name of the user. */
export function changeRoutes(page: Page, guard: Guard): Router {
  const router = Router({ mergeParams: true });
  const { change } = page;

  router.post('/folders/:folder/directories', async (request, response) => {
    const { folder } = request.params;
    const { user } = guard.need(response, folder, 'editor');
    const { path } = NewDirectory.parse(request.body);
    response.json(await change.makeDirectory(folder, pathFromJson(path), user.name));
  });

  router.post('/folders/:folder/existing', async (request, response) => {
    const { folder } = request.params;
    guard.need(response, folder, 'editor');
    const { paths } = ExistingQuery.parse(request.body);
    response.json(
      await change.existing(
        folder,
        paths.map((path) => pathFromJson(path)),
      ),
    );
  });

  router.post('/folders/:folder/moves', async (request, response) => {
    const { folder } = request.params;
    const { user } = guard.need(response, folder, 'editor');
    const { from, to } = Move.parse(request.body);
    response.json(await change.move(folder, pathFromJson(from), pathFromJson(to), user.name));
  });

  router.post('/folders/:folder/deletions', async (request, response) => {
    const { folder } = request.params;
    const { user } = guard.need(response, folder, 'editor');
    const { paths, versions } = Deletion.parse(request.body);
    const checked = paths.map((path) => pathFromJson(path));
    response.json(await change.remove(folder, checked, versions, user.name));
  });

  router.post('/folders/:folder/restores', async (request, response) => {
    const { folder } = request.params;
    const { user } = guard.need(response, folder, 'editor');
    const { path, version } = Restore.parse(request.body);
    response.json(await change.restore(folder, pathFromJson(path), version, user.name));
  });

  router.post('/folders/:folder/restorations', async (request, response) => {
    const { folder } = request.params;
    const { user } = guard.need(response, folder, 'editor');
    const { paths, at } = Restoration.parse(request.body);
    const checked = paths.map((path) => pathFromJson(path, 'root'));
    response.json(await change.restoreAll(folder, checked, at, user.name));
  });

  router.post('/folders/:folder/resolutions', async (request, response) => {
    const { folder } = request.params;
    const { user } = guard.need(response, folder, 'editor');
    const { path, copy, copyVersion, keep } = Resolve.parse(request.body);
    const conflict = { path: pathFromJson(path), copy: pathFromJson(copy), copyVersion, keep };
    response.json(await change.resolve(folder, conflict, user.name));
  });
  return router;
}
