import { runAgent } from './main.ts';

/** The agent as a process of its own: `node run.ts SITE_DIR`. Ends gracefully on SIGTERM and SIGINT. */
const [root] = process.argv.slice(2);
if (!root) throw new Error('usage: run.ts SITE_DIR');
const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
await runAgent(root, stop.signal);
