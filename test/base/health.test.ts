import { expect, it } from 'vitest';
import { serveHealth } from '../../src/base/health.ts';
import { freePort } from '../support/net.ts';

it('reports whether a process is well, until it stops', async () => {
  const port = await freePort();
  const end = new AbortController();
  let well = true;
  await serveHealth(port, end.signal, () => well);
  const asked = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;
  expect(await asked('/healthz')).toBe(200);
  expect(await asked('/anything/else')).toBe(404);
  well = false;
  expect(await asked('/healthz')).toBe(503);
  await expect(serveHealth(port, end.signal)).rejects.toThrow('EADDRINUSE');
  end.abort();
  await expect(asked('/healthz')).rejects.toThrow();
});
