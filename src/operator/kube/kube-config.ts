import { existsSync } from 'node:fs';
import type * as ClientNode from '@kubernetes/client-node';

const SMALL = new URL('../../../dist/kube-config.js', import.meta.url);

/**
 * client-node's KubeConfig, on its own if hack/prepare has bundled it: the whole package is 25 MB of generated models that
 * are not used here, and costs 40 MB of memory and half a second.
 */
export const { KubeConfig }: Pick<typeof ClientNode, 'KubeConfig'> = existsSync(SMALL)
  ? await import(SMALL.href)
  : await import('@kubernetes/client-node');
