import type { ListenOptions, Server } from 'node:net';

/**
 * Resolves when the server listens; rejects when it cannot. Errors that come later, as when a connection cannot be accepted because the
 * system is short of something, go to `failed`: an `error` event without a listener would end the process. Whoever could not connect tries again.
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
