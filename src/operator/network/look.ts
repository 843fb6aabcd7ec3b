const LOOK_MS = 4000;
/** What a hub must work out about one site when it is asked. */
const LOOK_MS_PER_SITE = 10;

/** How long after a look hubs are asked again how the network stands: often enough for a status that is never older than 30 s. Pure. */
export const lookMs = (sites: number): number => Math.max(LOOK_MS, LOOK_MS_PER_SITE * sites);
