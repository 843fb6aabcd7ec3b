import { setFlagsFromString } from 'node:v8';
import { agentVersion } from '../../agent/queries/agent-version.ts';
import { runOperator } from '../../operator/main.ts';
import type { EngineName } from '../../topology/site-plan.ts';
import { stopSignal } from '../supervise/stop-signal.ts';

interface Options {
  kubeconfig?: string;
  namespace?: string;
  leaseNamespace: string;
  image: string;
  databaseEngine: EngineName;
  databaseImage: string;
  imagePullSecrets: string[];
  observers: string[];
  certificateDays: number;
  authorityDays: number;
  passwordDays: number;
  metricsPort: number;
  healthPort: number;
}

/** Runs the operator until it is told to stop or loses its leadership. */
export async function operator(options: Options): Promise<void> {
  // Some 160 KB per site are live; by default V8 would let as much garbage accumulate before collecting it.
  setFlagsFromString('--heap-growing-percent=10');
  const {
    image,
    databaseEngine: engine,
    databaseImage,
    certificateDays,
    authorityDays,
    passwordDays,
    ...rest
  } = options;
  const keys = { certificateDays, authorityDays, passwordDays };
  const images = { sitesync: image, database: databaseImage };
  await runOperator({ ...rest, engine, images, keys, version: agentVersion() }, stopSignal());
}
