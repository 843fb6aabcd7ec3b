import { condition, type NewCondition } from './conditions.ts';

/** Why a site still has its previous pod template. */
export type RolloutWaiting = (
  | { why: 'paused'; invalid?: string }
  | { why: 'turn' }
  | { why: 'sites'; sites: string[] }
) & {
  /** Sites that took the new template and do not come up with it. */
  stopped: string[];
};

const NAMED = 5;
const list = (sites: string[]) => `${sites.slice(0, NAMED).join(', ')}${sites.length > NAMED ? ', …' : ''}`;

/** That a new template waits, and for whom. It does not make the site unready: it works as before. Pure. */
export function rolloutCondition(waiting: RolloutWaiting): NewCondition {
  if (waiting.stopped.length > 0) {
    const remedy = 'Correct the image or setting, and it continues by itself. This site works as before';
    const message = `A new pod template does not come up at ${list(waiting.stopped)}. ${remedy}`;
    return condition('Reconciling', 'True', 'RolloutStopped', message);
  }
  if (waiting.why === 'paused') {
    const why = waiting.invalid
      ? `of ConfigMap sitesync-network the annotation ${waiting.invalid}`
      : 'the roll-out is paused';
    return condition('Reconciling', 'True', 'RolloutPaused', `A new pod template waits: ${why}`);
  }
  const until =
    waiting.why === 'sites' ? `until ${list(waiting.sites)} is ready and in sync as before` : 'for its turn';
  return condition('Reconciling', 'True', 'RolloutPending', `A new pod template waits ${until}`);
}
