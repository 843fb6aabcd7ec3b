import { z } from 'zod';
import { readIfThere, writeIfChanged } from '../base/files.ts';
import { InvalidInput } from '../base/invalid-input.ts';
import type { PortLedger } from '../topology/ports.ts';
import type { DataDir } from './data-dir.ts';
import { toJson } from './network-file.ts';

/** The file in which a data folder stores its ports. */
export const Ledger = z.record(z.string(), z.number().int().min(1).max(65_535));

export function readLedger(data: DataDir): PortLedger {
  const text = readIfThere(data.ports);
  if (text === undefined) return {};
  try {
    return Ledger.parse(JSON.parse(text));
  } catch {
    const remedy = 'Delete it while the network is stopped; new ports will be chosen';
    throw new InvalidInput([{ file: data.ports, reason: 'is corrupt', remedy }]);
  }
}

export function writeLedger(data: DataDir, ports: PortLedger): void {
  writeIfChanged(data.ports, toJson(ports), 0o644);
}
