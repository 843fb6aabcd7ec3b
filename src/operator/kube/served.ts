import type { KubeClient } from './client.ts';
import { isNotFound } from './error.ts';
import type { ResourceKind } from './object.ts';

/** Whether the API server serves an optional kind. */
export async function isServed(client: KubeClient, { apiVersion, plural }: ResourceKind): Promise<boolean> {
  try {
    const { resources } = await client.request<{ resources: { name: string }[] }>({
      method: 'GET',
      path: `/apis/${apiVersion}`,
    });
    return resources.some(({ name }) => name === plural);
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
