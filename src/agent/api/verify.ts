import { Router } from 'express';
import { z } from 'zod';
import { decodeApiPath, encodeApiPath } from '../../base/api-path.ts';
import { Refused } from '../../base/refused.ts';
import type { Links } from '../link/links.ts';
import type { Site } from '../site/site.ts';
import { WHAT } from '../store/damage.ts';
import { createRuns, type Run } from '../verify/on-demand.ts';
import { formatId } from '../versions/version.ts';

/** A verification run, as the command line shows it. */
export interface VerifyRun {
  run: number;
  state: Run['state'];
  error: string | null;
  /** Journal rows that differed from a neighbour's and were copied again; null when they were not compared. */
  rowsRepaired: number | null;
  folders: {
    folder: string;
    files: number;
    archived: number;
    bytes: number;
    damaged: { path: string; version: string; place: 'tree' | 'archive'; what: string; healed: boolean }[];
    failed: string[];
  }[];
}

const Body = z.strictObject({ folder: z.string().max(63).optional(), path: z.string().max(12_300).default('') });

export function verifyRoutes(site: Site, links: Links): Router {
  const runs = createRuns(site, links);
  const router = Router();
  router.post('/verify', async (request, response) => {
    const { folder, path } = Body.parse(request.body ?? {});
    response.status(202).json(told(await runs.begin(folder, decodeApiPath(path))));
  });
  router.get('/verify/:run', (request, response) => {
    const run = runs.find(Number(request.params.run));
    if (!run)
      throw new Refused(`there is no verification ${request.params.run}: the agent has been restarted since`, 404);
    response.json(told(run));
  });
  return router;
}

const told = ({ id, state, folders, error, rowsRepaired }: Run): VerifyRun => ({
  run: id,
  state,
  error: error ?? null,
  rowsRepaired: rowsRepaired ?? null,
  folders: folders.map(({ folder, files, archived, bytes, damaged, failed }) => ({
    folder,
    files,
    archived,
    bytes,
    damaged: damaged.map((one) => ({
      path: encodeApiPath(one.path),
      version: formatId(one),
      place: one.place,
      what: WHAT[one.what],
      healed: one.healedAt !== undefined,
    })),
    failed,
  })),
});
