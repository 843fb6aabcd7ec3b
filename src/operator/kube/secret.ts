import type { KubeObject } from './object.ts';

/**
 * The data of a Secret as text.
 * @param but names of keys to leave out
 */
export function filesOf(secret: KubeObject | undefined, but: string[] = []): Record<string, string> {
  const data = (secret?.data ?? {}) as Record<string, string>;
  const asked = Object.entries(data).filter(([name]) => !but.includes(name));
  return Object.fromEntries(asked.map(([name, text]) => [name, Buffer.from(text, 'base64').toString('utf8')]));
}
