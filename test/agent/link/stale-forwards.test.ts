import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { refusedPort, sshdsListeningOn } from '../../../src/agent/link/stale-forwards.ts';

test('only a complete log line of sshd names a port', () => {
  expect(refusedPort('channel_setup_fwd_listener_tcpip: cannot listen to port: 20001\r')).toBe(20001);
  expect(refusedPort('error: channel_setup_fwd_listener_tcpip: cannot listen to port: 20001')).toBe(20001);
  for (const line of [
    'Invalid user channel_setup_fwd_listener_tcpip: cannot listen to port: 20001 from 10.0.0.1 port 22',
    'channel_setup_fwd_listener_tcpip: cannot listen to port: 20001 from 10.0.0.1',
    '',
  ])
    expect(refusedPort(line)).toBeUndefined();
});

test('a port that is not held by sshd has no session to end', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  expect(sshdsListeningOn(typeof address === 'object' && address ? address.port : 0)).toEqual([]);
  await new Promise((resolve) => server.close(resolve));
});
