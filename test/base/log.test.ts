import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** What a process prints that logs to a full disk and then continues. */
function run(script: string): { status: number | null; stderr: string } {
  const log = new URL('../../src/base/log.ts', import.meta.url).pathname;
  const source = `import { pino } from 'pino'; import { logTo, logUnhandledRejections } from '${log}'; ${script}`;
  const cwd = new URL('../..', import.meta.url).pathname;
  return spawnSync(process.execPath, ['--input-type=module', '-e', source], { cwd, encoding: 'utf8', timeout: 20_000 });
}

test('a process continues and exits normally when its log cannot be written', () => {
  const { status, stderr } = run(
    `const log = pino({}, logTo('/dev/full')); log.info('one'); log.error('two');
     setTimeout(() => { log.info('three'); process.stderr.write('still here'); }, 50);`,
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: 'still here' });
});

test('an unhandled rejection is logged, and the process continues', () => {
  const { status, stderr } = run(
    `logUnhandledRejections({ error: ({ err }, words) => process.stderr.write(err.message + ': ' + words + '; ') });
     void Promise.reject(new Error('the database refuses'));
     setTimeout(() => process.stderr.write('still here'), 50);`,
  );
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: 'the database refuses: unhandled background failure; continuing; still here',
  });
});
