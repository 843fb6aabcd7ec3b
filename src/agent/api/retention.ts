import { Router } from 'express';
import { z } from 'zod';
import type { Limits } from '../archive/retention.ts';
import { previewRetention, type Removal } from '../archive/trim.ts';
import { folderOf } from '../queries/folder-of.ts';
import type { Here, Store } from '../site/site.ts';
import { question } from './question.ts';

const Query = z.strictObject({
  keep: z.coerce.number().int().min(0).optional(),
  maxAgeSeconds: z.coerce.number().min(0).optional(),
  maxBytes: z.coerce.number().min(0).optional(),
});

/** What limits would remove from the archive of one folder at one site. */
export interface RetentionPreview {
  site: string;
  folder: string;
  limits: Limits;
  removes: Removal;
  /** Too much by the limits, and kept until what took its place is at two sites. */
  waits: Removal;
}

/** What limits, those of the folder or others, would remove. Changes nothing. */
export function retentionRoutes(site: Here & Store): Router {
  const router = Router();
  router.get('/api/v1/retention', async (request, response) => {
    const { folder: name, query } = question(site, request.url);
    const { folder: _folder, path: _path, ...given } = Object.fromEntries(query);
    const folder = folderOf(site, name);
    const asked = Object.entries(Query.parse(given)).filter(([, value]) => value !== undefined);
    const limits: Limits = { ...folder.plan.versions, ...Object.fromEntries(asked) };
    const preview: RetentionPreview = {
      site: site.plan.site,
      folder: name,
      limits,
      ...(await previewRetention(site, folder, limits)),
    };
    response.json(preview);
  });
  return router;
}
