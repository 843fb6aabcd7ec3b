import { Command } from 'commander';
import pino from 'pino';
import { play } from './play.ts';
import { scriptOf } from './script.ts';
import { shrink } from './shrink.ts';

interface Options {
  operations: number;
  seed: number;
  each: number;
  network?: number;
  shrink: boolean;
  log: string;
}

const program = new Command('npm run simulate --')
  .description(
    'Six sites in one process, on disks and databases in memory and in virtual time, with people and faults at all of them.',
  )
  .option('--operations <n>', 'what people do, in all', Number, 10_000)
  .option('--seed <n>', 'what happens is decided by this number', Number, 1)
  .option('--each <n>', 'operations of one network; each begins with empty folders', Number, 400)
  .option('--network <n>', 'only this one of the networks, as one that failed is named: SEED/N', Number)
  .option('--shrink', 'look for a shorter list of steps that fails too', false)
  .option('--log <level>', 'what the agents log, of the failing network', 'silent')
  .parse();
const { operations, seed, each, network, shrink: shrinks, log: level } = program.opts<Options>();

// Of an agent that was stopped nothing more is heard; nobody waits for what it had begun.
process.on('unhandledRejection', (error: Error) => {
  if (error.name !== 'Stopped') console.error(error);
});
const began = performance.now();
let failed = 0;
const [first, end] = network === undefined ? [0, Math.ceil(operations / each)] : [network, network + 1];
for (let n = first; n < end; n++) {
  const name = `${seed}/${n}`;
  const steps = scriptOf(name, each);
  const { violations, ms, restMs } = await play(name, steps, pino({ level }));
  const rate = ((n + 1 - first) * each * 1000) / (performance.now() - began);
  console.log(
    `network ${name}: ${(ms / 1000).toFixed(0)} s virtual, at rest after ${restMs ?? 'never'} ms; ${rate.toFixed(0)} operations/s`,
  );
  if (violations.size === 0) continue;
  failed++;
  for (const [what, list] of violations) console.log(`VIOLATED: ${what}\n  ${list.slice(0, 8).join('\n  ')}`);
  if (!shrinks) continue;
  const shortest = await shrink(name, steps, [...violations.keys()], (line) => console.log(line));
  for (const step of shortest) console.log(JSON.stringify(step));
}
process.exit(failed > 0 ? 1 : 0);
