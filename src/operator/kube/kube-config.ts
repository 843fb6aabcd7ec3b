import { existsSync } from 'node:fs';
import type * as ClientNode from '@kubernetes/client-node';

const SMALL = new URL('../../../dist/kube-config.js', import.meta.url);

/**
 * client-node's, by itself when hack/prepare has put it there: the whole package is 25 MB of generated models, of which nothing is
 * used here, and takes 40 MB of memory and half a second more.
 */
export const { KubeConfig }: Pick<typeof ClientNode, 'KubeConfig'> = existsSync(SMALL)
  ? await import(SMALL.href)
  : await import('@kubernetes/client-node');
