import { createHash } from 'node:crypto';

/** Ports by the name of what listens on them, as remembered from earlier plans. */
export type PortLedger = Record<string, number>;

/** Below the range from which the kernel takes ports for outgoing connections. */
const FIRST = 10_240;
const LAST = 32_767;

/**
 * A port for every name: the remembered one, else a free one near the hash of the name. A name's port depends on the
 * others only when they collide, and with the ledger not even then.
 * @param fixed ports that a person gave, by name
 */
export function assignPorts(names: string[], fixed: PortLedger, ledger: PortLedger): PortLedger {
  const ports: PortLedger = {};
  const taken = new Set(Object.values(fixed));
  for (const name of names) {
    const port = fixed[name] ?? ledger[name];
    if (port === undefined || (fixed[name] === undefined && taken.has(port))) continue;
    ports[name] = port;
    taken.add(port);
  }
  for (const name of names.toSorted()) {
    if (ports[name] !== undefined) continue;
    let port = FIRST + (createHash('sha256').update(name).digest().readUInt32BE(0) % (LAST - FIRST + 1));
    while (taken.has(port)) port = port === LAST ? FIRST : port + 1;
    ports[name] = port;
    taken.add(port);
  }
  return ports;
}
