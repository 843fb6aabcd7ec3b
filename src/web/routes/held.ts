import { Router } from 'express';
import { type Held, HeldChoice, HeldQuery } from '../contract/held.ts';
import { checkedPath, pathFromJson } from '../http/path.ts';
import { isAtLeast, roleIn } from '../people/accounts.ts';
import type { Guard } from '../people/guard.ts';
import type { Page } from './page.ts';

/** Changes that wait for approval: viewers see them, editors decide. */
export function heldRoutes(page: Page, guard: Guard): Router {
  const router = Router();
  const { held } = page;

  router.get('/held', async (_request, response) => {
    const { user } = guard.person(response);
    const folders = (await held.folders()).flatMap((one): Held['folders'] => {
      const role = roleIn(user, one.folder);
      return role ? [{ ...one, mayDecide: isAtLeast(role, 'editor') }] : [];
    });
    response.json({ folders } satisfies Held);
  });

  router.get('/folders/:folder/held', async (request, response) => {
    const { folder } = request.params;
    guard.need(response, folder, 'viewer');
    const { path, ...query } = HeldQuery.parse(request.query);
    response.json(await held.changes(folder, checkedPath(path, 'root'), query));
  });

  for (const verb of ['approve', 'reject'] as const) {
    router.post(`/folders/:folder/held/${verb}`, async (request, response) => {
      const { folder } = request.params;
      const { user } = guard.need(response, folder, 'editor');
      const { paths } = HeldChoice.parse(request.body);
      const chosen = paths?.map((path) => pathFromJson(path));
      response.json(await held[verb](folder, chosen, user.name));
    });
  }
  return router;
}
