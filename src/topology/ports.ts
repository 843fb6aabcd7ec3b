import { createHash } from 'node:crypto';

/** Ports by the name of their listener, as remembered from earlier plans. No two names share a port. */
export type PortLedger = Record<string, number>;

/** Below the kernel's range of ephemeral ports. */
const FIRST = 10_240;
const LAST = 32_767;
/** The next port in the range. */
export const nextPort = (port: number): number => (port < FIRST || port >= LAST ? FIRST : port + 1);

/** The maximum number of names. */
export const PORTS = LAST - FIRST + 1;

/** Ports that users set. */
export interface NamedPorts {
  /** By name of the listener. */
  fixed: PortLedger;
  /** Ports on which something else may listen. */
  foreign: number[];
}

/**
 * A port for every name: the one that a user set, else the remembered one, else a free one near the hash of the name. A
 * name's port depends on others only when they collide, and with the ledger not even then. There must be fewer names and
 * foreign ports together than {@link PORTS}.
 */
export function assignPorts(names: string[], { fixed, foreign }: NamedPorts, ledger: PortLedger): PortLedger {
  const ports: PortLedger = {};
  const taken = new Set(Object.values(fixed));
  for (const name of names) {
    const port = fixed[name] ?? ledger[name];
    if (port === undefined || (fixed[name] === undefined && taken.has(port))) continue;
    ports[name] = port;
    taken.add(port);
  }
  for (const port of foreign) taken.add(port);
  for (const name of names.toSorted()) {
    if (ports[name] !== undefined) continue;
    let port = FIRST + (createHash('sha256').update(name).digest().readUInt32BE(0) % PORTS);
    while (taken.has(port)) port = nextPort(port);
    ports[name] = port;
    taken.add(port);
  }
  return ports;
}

/** The ledger for the next plan. A name that is gone keeps its port until another takes it, in case the site returns. */
export function nextLedger(ports: PortLedger, ledger: PortLedger): PortLedger {
  const taken = new Set(Object.values(ports));
  const gone = Object.entries(ledger).filter(([name, port]) => !(name in ports) && !taken.has(port));
  return { ...Object.fromEntries(gone), ...ports };
}
