import type { ListenOptions, Server } from 'node:net';

/**
 * Resolves when the server listens; rejects when it cannot. Later errors, such as a connection that cannot be accepted for
 * lack of resources, go to `failed`: an `error` event without a listener would end the process. Clients retry.
 */
export function listen(
  server: Server,
  at: ListenOptions,
  failed: (error: Error) => void = () => undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(at, () => {
      server.off('error', reject);
      server.on('error', failed);
      resolve();
    });
  });
}
