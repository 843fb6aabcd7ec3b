import { Router } from 'express';
import { z } from 'zod';
import { previewRetention } from '../queries/retention.ts';
import type { SiteView } from '../site/site.ts';
import { question } from './question.ts';

const Query = z.strictObject({
  keep: z.coerce.number().int().min(0).optional(),
  maxAgeSeconds: z.coerce.number().min(0).optional(),
  maxBytes: z.coerce.number().min(0).optional(),
});

/** Previews what the folder's retention limits, or others, would remove. Changes nothing. */
export function retentionRoutes(site: SiteView): Router {
  const router = Router();
  router.get('/retention', async (request, response) => {
    const { folder, rest } = question(site, request.query);
    const others = Object.entries(Query.parse(rest)).filter(([, value]) => value !== undefined);
    response.json(await previewRetention(site, folder, Object.fromEntries(others)));
  });
  return router;
}
