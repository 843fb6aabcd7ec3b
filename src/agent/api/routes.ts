import { Router } from 'express';
import { carryOut } from '../actions/approve-reject.ts';
import { rescan } from '../actions/rescan.ts';
import type { Detector } from '../detect/detector.ts';
import type { Links } from '../link/links.ts';
import type { Contacts } from '../queries/contacts.ts';
import { folderOf, mustHaveStarted } from '../queries/folder-of.ts';
import { heldFolders } from '../queries/held-changes.ts';
import { networkReporter } from '../queries/network-reporter.ts';
import { isReady } from '../queries/ready.ts';
import { agentStatus } from '../queries/status.ts';
import type { Site } from '../site/site.ts';

/** Probes, without a token: they return nothing but whether all is well. */
export function probeRoutes(site: Site): Router {
  const router = Router();
  router.get('/healthz', (_request, response) => void response.json({ ok: true }));
  router.get('/readyz', async (_request, response) => {
    const ok = await isReady(site);
    response.status(ok ? 200 : 503).json({ ok });
  });
  return router;
}

/**
 * The part of the agent API that the operator may use: the status of sites, but nothing about their files; a rescan, and
 * approving or rejecting all held changes.
 */
export function statusRoutes(site: Site, links: Links, detector: Detector, contacts: Contacts): Router {
  const router = Router();
  router.get('/status', async (_request, response) => void response.json(await agentStatus(site, links, detector)));
  const network = networkReporter(site, links, detector, contacts);
  router.get('/network', async (_request, response) => void response.json(await network()));
  router.post('/rescan', (_request, response) => void response.status(202).json({ folders: rescan(site, detector) }));
  for (const verdict of ['approve', 'reject'] as const) {
    router.post(`/${verdict}-held`, async (_request, response) => {
      mustHaveStarted(site);
      const folders = (await heldFolders(site)).map(({ folder }) => folder);
      for (const folder of folders) folderOf(site, folder);
      for (const folder of folders) {
        carryOut(site, verdict, folder, undefined, OPERATOR).catch((error: Error) =>
          site.log.error({ err: error, folder }, 'held changes could not be decided as the operator asked'),
        );
      }
      response.status(202).json({ folders });
    });
  }
  return router;
}

/** Author of changes that were approved or rejected by an annotation. */
const OPERATOR = 'operator';
