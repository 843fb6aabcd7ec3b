import type { Files } from '../keys/scratch.ts';
import type { KubeObject } from '../kube/object.ts';

/**
 * The data of a Secret as text.
 * @param but names of what is not asked for
 */
export function filesOf(secret: KubeObject | undefined, but: string[] = []): Files {
  const data = (secret?.data ?? {}) as Record<string, string>;
  const asked = Object.entries(data).filter(([name]) => !but.includes(name));
  return Object.fromEntries(asked.map(([name, text]) => [name, Buffer.from(text, 'base64').toString('utf8')]));
}

/** What is wrong, as a condition says it: a word for machines, and words with the remedy for people. */
export interface Trouble {
  reason: string;
  message: string;
}
