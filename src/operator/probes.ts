import { createServer, type Server } from 'node:http';
import express, { type Express } from 'express';
import type { Registry } from 'prom-client';
import { listen } from '../base/listen.ts';

export interface ProbeOptions {
  metricsPort: number;
  healthPort: number;
  registry: Registry;
  /** Whether the caches are filled. A process that waits for leadership is ready too. */
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
  const servers = [await serve(metrics, metricsPort), await serve(health, healthPort)];
  return {
    async close() {
      for (const server of servers) server.closeAllConnections();
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

async function serve(app: Express, port: number): Promise<Server> {
  app.disable('x-powered-by');
  const server = createServer(app);
  await listen(server, { port });
  return server;
}
