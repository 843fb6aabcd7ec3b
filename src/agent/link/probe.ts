import { connect } from 'node:net';
import type { Endpoint } from '../../topology/site-plan.ts';

/** Whether an SSH server greets at `address` within `timeoutMs`. Costs it one connection and no login. */
export function probeHub(address: Endpoint, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address.port, address.host);
    let greeting = '';
    const end = (well: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(well);
    };
    const timer = setTimeout(end, timeoutMs, false);
    socket.on('data', (bytes) => {
      greeting += bytes.toString('latin1');
      if (greeting.length >= 4) end(greeting.startsWith('SSH-'));
    });
    socket.on('error', () => end(false));
    socket.on('close', () => end(false));
  });
}
