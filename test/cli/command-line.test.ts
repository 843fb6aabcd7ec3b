import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { duration } from '../../src/base/duration.ts';
import { createProgram } from '../../src/cli/program/program.ts';
import { changesOf } from '../../src/cli/supervise/log-problems.ts';
import { bytes } from '../../src/cli/terminal/output.ts';
import { table } from '../../src/cli/terminal/table.ts';
import { seconds } from '../../src/cli/terminal/time.ts';

const sitesync = (...args: string[]) => execa('bin/sitesync', args, { reject: false, stdin: 'ignore' });
const CONTRACT = [
  'up',
  'down',
  'status',
  'wait',
  'ls',
  'why',
  'log',
  'restore',
  'verify',
  'held',
  'approve',
  'reject',
  'plan',
  'doctor',
];

function emptyDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sitesync-cli-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

test.each(CONTRACT)('%s has --help with an example, and --data', (name) => {
  const command = createProgram().commands.find((c) => c.name() === name)!;
  let help = '';
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
  expect(help).toContain('Example:\n  ');
  expect(help).toContain('--data <dir>');
  const facts = !['up', 'down'].includes(name);
  expect(help.includes('--json')).toBe(facts);
});

test('without a network there is one clear message on stderr', async () => {
  const { exitCode, stdout, stderr } = await sitesync('status', '--data', emptyDir());
  expect(exitCode).toBe(1);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^\/.*: contains no network\. Start one with "sitesync up FILE"/);
});

test('stopping what is not running succeeds', async () => {
  const { exitCode, stdout } = await sitesync('down', '--data', emptyDir());
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^Nothing is running/);
});

test('npx runs the command line of this checkout', async () => {
  const { exitCode, stdout } = await execa('npx', ['--no-install', 'sitesync', '--version'], {
    reject: false,
    stdin: 'ignore',
  });
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+$/);
});

test('the doctor finds the programs of this machine', async () => {
  const { stdout } = await sitesync('doctor', '--json', '--data', emptyDir());
  const { findings } = JSON.parse(stdout) as { findings: { check: string; level: string }[] };
  expect(findings.find(({ check }) => check === 'mariadbd')?.level).toBe('ok');
  expect(findings.find(({ check }) => check === 'data folder')?.level).toBe('ok');
});

test('bash accepts the completion script and completes', async () => {
  const { stdout } = await sitesync('completion', 'bash');
  const script = `${stdout}\nCOMP_WORDS=(sitesync sta) COMP_CWORD=1; _sitesync; echo "\${COMPREPLY[@]}"`;
  expect(execFileSync('bash', ['-c', script]).toString().trim()).toBe('status');
  for (const shell of ['zsh', 'fish']) expect((await sitesync('completion', shell)).stdout).toContain('restore');
});

test('parses times, sizes and durations', () => {
  expect(['500ms', '90s', '5m', '1h', '90'].map(seconds)).toEqual([0.5, 90, 300, 3600, 90]);
  expect(() => seconds('soon')).toThrow(/90s/);
  expect([0, 999, 1000, 1_500_000, 2e12].map(bytes)).toEqual(['0 B', '999 B', '1.0 KB', '1.5 MB', '2.0 TB']);
  expect([0, 119, 120, 7200, 200_000].map(duration)).toEqual(['0 s', '119 s', '2 min', '2 h', '2 d']);
});

test('a table is plain text when not printed to a terminal', () => {
  expect(table(['A', 'B'], [['long name', 1]])).toBe('A          B\nlong name  1');
});

test('a problem is reported when seen twice, only once, and again when it is over', () => {
  const set = (...items: string[]) => new Set(items);
  expect(changesOf(set(), set('x'), set())).toEqual({ begun: [], ended: [] });
  expect(changesOf(set('x'), set('x'), set())).toEqual({ begun: ['x'], ended: [] });
  expect(changesOf(set('x'), set('x'), set('x'))).toEqual({ begun: [], ended: [] });
  expect(changesOf(set('x'), set(), set('x'))).toEqual({ begun: [], ended: [] });
  expect(changesOf(set(), set(), set('x'))).toEqual({ begun: [], ended: ['x'] });
});
