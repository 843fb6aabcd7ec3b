import type { SiteContext } from './site.ts';

/** Whether this site holds a folder and takes what others change in it. Pure. */
export function receives({ plan }: Pick<SiteContext, 'plan'>, folder: string): boolean {
  return plan.folders.some(({ name, mode }) => name === folder && mode !== 'sendOnly');
}

/** Whether changes made at this site stay here: nobody else hears of them, and the others' versions replace them. Pure. */
export function keepsLocalChanges({ folders }: Pick<SiteContext, 'folders'>, folder: string): boolean {
  const mode = folders.get(folder)?.plan.mode;
  return mode === 'receiveOnly' || mode === 'relay';
}
