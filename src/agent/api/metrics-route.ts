import { Router } from 'express';
import { Registry } from 'prom-client';
import { delay } from '../../base/delay.ts';
import type { Detector } from '../detect/detector.ts';
import type { Links } from '../link/links.ts';
import { agentVersion } from '../queries/agent-version.ts';
import type { Contacts } from '../queries/contacts.ts';
import { createResources } from '../queries/resources.ts';
import { agentStatus } from '../queries/status.ts';
import type { Site } from '../site/site.ts';
import { siteMetrics } from './metrics.ts';

/** A scrape must not wait longer (ms) for a database or a disk that hangs: Prometheus gives up after 10 s. */
const PATIENCE_MS = 4000;

/**
 * Serves what was counted since the start, and the state of now as far as it is known in time: what cannot be told is
 * absent, and a scrape never fails with the database.
 */
export function metricsRoute(site: Site, links: Links, detector: Detector, contacts: Contacts): Router {
  const resources = createResources(site, links, contacts);
  const version = agentVersion();

  async function inTime<T>(asked: Promise<T>): Promise<T | undefined> {
    const late = new AbortController();
    try {
      return await Promise.race([asked, delay(PATIENCE_MS, late.signal).then(() => undefined)]);
    } catch (error) {
      site.log.debug({ err: error }, 'some metrics cannot be told now');
      return undefined;
    } finally {
      late.abort();
    }
  }

  return Router().get('/metrics', async (_request, response) => {
    const { network, site: name, engine } = site.plan;
    const [status, about] = await Promise.all([inTime(agentStatus(site, links, detector)), inTime(resources())]);
    const now = siteMetrics({ version, engine, ...(status && { status }), ...(about && { resources: about }) });
    const metrics = Registry.merge([site.meters.registry, now]);
    metrics.setDefaultLabels({ network, site: name });
    response.type(metrics.contentType).send(await metrics.metrics());
  });
}
