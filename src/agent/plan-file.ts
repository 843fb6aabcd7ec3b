import { readFileSync } from 'node:fs';
import { watch } from 'chokidar';
import type { SitePlan } from '../topology/site-plan.ts';
import type { Site } from './site.ts';

/** Calls back when the plan file was replaced by a different one (also by the symlink swap of a mounted ConfigMap). */
export function watchPlan(site: Site, changed: (plan: SitePlan) => void): void {
  let last = JSON.stringify(site.plan);
  const watcher = watch(site.dir.plan, { ignoreInitial: true });
  watcher.on('all', () => {
    try {
      const plan = JSON.parse(readFileSync(site.dir.plan, 'utf8')) as SitePlan;
      if (JSON.stringify(plan) === last) return;
      last = JSON.stringify(plan);
      site.log.info('the plan changed');
      changed(plan);
    } catch (error) {
      site.log.warn({ err: error }, 'the plan file cannot be read; going on with the old plan');
    }
  });
  site.signal.addEventListener('abort', () => void watcher.close(), { once: true });
}
