import type { KubeClient } from './client.ts';
import { isNotFound } from './error.ts';
import type { ResourceKind } from './object.ts';

/** Whether the API server knows a kind that not every cluster has. */
export async function isServed(client: KubeClient, { apiVersion, plural }: ResourceKind): Promise<boolean> {
  try {
    const { resources } = await client.ask<{ resources: { name: string }[] }>({
      method: 'GET',
      path: `/apis/${apiVersion}`,
    });
    return resources.some(({ name }) => name === plural);
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
