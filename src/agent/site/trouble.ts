import type { Here } from './site.ts';

/** Tells in status and log, once, what is wrong with a part of the site; undefined: nothing any more. */
export function tellTrouble({ troubles, log }: Pick<Here, 'troubles' | 'log'>, about: string, why?: string): void {
  const words = why && `${about}: ${why}`;
  if (troubles.get(about) === words) return;
  if (words === undefined) {
    troubles.delete(about);
    log.info({ about }, 'recovered');
  } else {
    troubles.set(about, words);
    log.error({ about, reason: why }, 'needs attention');
  }
}
