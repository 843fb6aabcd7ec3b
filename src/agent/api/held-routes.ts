import { Router } from 'express';
import { z } from 'zod';
import { HeldChoice, HeldQuery } from '../../web/contract/held.ts';
import { pathFromJson } from '../../web/http/path.ts';
import { carryOut } from '../actions/approve-reject.ts';
import { heldChanges, heldFolders } from '../queries/held-changes.ts';
import type { Site } from '../site/site.ts';
import { question } from './question.ts';

const Query = HeldQuery.omit({ path: true });
const OfFolder = z.looseObject({ folder: z.string().max(63) });

/** Held changes: listing, approving and rejecting them from the command line. */
export function heldRoutes(site: Site): Router {
  const router = Router();
  router.get('/held', async (_request, response) => {
    response.json({ site: site.plan.site, folders: await heldFolders(site) });
  });
  router.get('/held/changes', async (request, response) => {
    const { folder, path, rest } = question(site, request.query);
    response.json(await heldChanges(site, folder, path, Query.parse(rest)));
  });
  for (const verb of ['approve', 'reject'] as const) {
    router.post(`/held/${verb}`, async (request, response) => {
      const { folder, ...choice } = OfFolder.parse(request.body);
      const { paths } = HeldChoice.parse(choice);
      const chosen = paths?.map((path) => pathFromJson(path));
      response.json(await carryOut(site, verb, folder, chosen, site.plan.site));
    });
  }
  return router;
}
