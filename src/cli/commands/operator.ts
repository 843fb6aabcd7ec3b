import { agentVersion } from '../../agent/health/version.ts';
import { runOperator } from '../../operator/main.ts';
import { untilStopped } from '../until-stopped.ts';

interface Options {
  kubeconfig?: string;
  namespace?: string;
  leaseNamespace: string;
  image: string;
  databaseImage: string;
  observers: string[];
  metricsPort: number;
  healthPort: number;
}

/** Runs the operator until it is told to end, or has lost its leadership. */
export async function operator({ image, databaseImage, ...options }: Options): Promise<void> {
  const images = { sitesync: image, database: databaseImage };
  await runOperator({ ...options, images, version: agentVersion() }, untilStopped());
}
