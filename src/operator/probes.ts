import { createServer, type Server } from 'node:http';
import express, { type Express } from 'express';
import type { Registry } from 'prom-client';

export interface ProbeOptions {
  metricsPort: number;
  healthPort: number;
  registry: Registry;
  /** The caches are filled. One that waits for leadership is ready too. */
  ready(): boolean;
  /** Called before the metrics are read. */
  collect(): void;
}

/** Serves /metrics on one port, /healthz and /readyz on another. */
export async function serveProbes({ metricsPort, healthPort, registry, ready, collect }: ProbeOptions) {
  const metrics = express();
  metrics.get('/metrics', async (_request, response) => {
    collect();
    response.type(registry.contentType).send(await registry.metrics());
  });
  const health = express();
  health.get('/healthz', (_request, response) => void response.send('ok'));
  health.get(
    '/readyz',
    (_request, response) => void response.status(ready() ? 200 : 503).send(ready() ? 'ok' : 'starting'),
  );
  const servers = [await listen(metrics, metricsPort), await listen(health, healthPort)];
  return {
    async close() {
      for (const server of servers) server.closeAllConnections();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function listen(app: Express, port: number): Promise<Server> {
  app.disable('x-powered-by');
  return new Promise((resolve, reject) => {
    const server = createServer(app);
    server.once('error', reject);
    server.listen(port, () => resolve(server));
  });
}
