import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { mysqldProgram } from '../../database/mysql-program.ts';
import type { EngineName } from '../../topology/site-plan.ts';
import { type Finding, ok, warning, wrong } from './finding.ts';

const run = promisify(execFile);

/** A version as numbers that are compared one by one. */
type Version = number[];

interface Program {
  command: string[];
  /** Matches the version in the output of the command. */
  pattern: RegExp;
  least: Version;
  /** An older version works, but `why`. */
  advised?: { version: Version; why: string };
  package: string;
  /** What to do when it is missing; by default, install the package. */
  install?: string;
}

const DATABASES: Record<EngineName, Program> = {
  mariadb: {
    command: ['mariadbd', '--version'],
    pattern: /Ver (\d+)\.(\d+)\.(\d+)-MariaDB/,
    least: [10, 11],
    package: 'mariadb-server-core',
  },
  mysql: {
    command: [mysqldProgram(), '--version'],
    pattern: /Ver (\d+)\.(\d+)\.(\d+)(?!.*MariaDB)/,
    least: [8, 4],
    install: 'Run hack/mysql, or set SITESYNC_MYSQL_BIN to the mysqld of MySQL 8.4 or newer',
    package: 'mysql-server-core',
  },
};

/** The other programs that SiteSync is built on. */
const PROGRAMS: Program[] = [
  {
    command: ['rsync', '--version'],
    pattern: /version (\d+)\.(\d+)\.(\d+)/,
    least: [3, 2, 3],
    advised: {
      version: [3, 5, 0],
      why: 'has known vulnerabilities: 3.4.0 fixed 6, 3.4.3 another 6, 3.5.0 another 33, and older daemons follow links out of a folder',
    },
    package: 'rsync',
  },
  { command: ['ssh', '-V'], pattern: /OpenSSH_(\d+)\.(\d+)/, least: [8, 4], package: 'openssh-client' },
  { command: ['/usr/sbin/sshd', '-V'], pattern: /OpenSSH_(\d+)\.(\d+)/, least: [8, 4], package: 'openssh-server' },
  { command: ['setpriv', '--version'], pattern: /(\d+)\.(\d+)/, least: [2, 33], package: 'util-linux' },
];

export async function checkPrograms(engine: EngineName): Promise<Finding[]> {
  const programs = [DATABASES[engine], ...PROGRAMS];
  return [checkNode(process.versions.node), ...(await Promise.all(programs.map(checkProgram)))];
}

function checkNode(version: string): Finding {
  if (Number(version.split('.')[0]) >= 24) return ok('node', version);
  return wrong('node', `${version} is too old`, 'Start SiteSync with bin/sitesync, which uses the bundled Node 24');
}

async function checkProgram(program: Program): Promise<Finding> {
  const [file = '', ...args] = program.command;
  const output = await run(file, args).then(
    ({ stdout, stderr }) => stdout + stderr,
    // sshd before 9.9 has no -V: it prints an error that includes its version.
    (error: { stdout?: string; stderr?: string }) => `${error.stdout ?? ''}${error.stderr ?? ''}`,
  );
  return judgeProgram(program, output);
}

/** What the output of a program's version command says about it. */
function judgeProgram(program: Program, output: string): Finding {
  const { command, pattern, least, advised, package: name } = program;
  const check = command[0]!.split('/').at(-1)!;
  const install = program.install ?? `Run hack/prepare, or install the package ${name}`;
  const match = pattern.exec(output);
  if (!match) return wrong(check, output === '' ? 'is not installed' : 'does not report its version', install);
  const version = match.slice(1).map(Number);
  const text = version.join('.');
  if (isOlder(version, least))
    return wrong(check, `${text} is older than ${least.join('.')}`, `Install a newer ${name}`);
  if (advised && isOlder(version, advised.version)) {
    return warning(
      check,
      `${text} ${advised.why}`,
      `Install ${name} ${advised.version.join('.')} or newer: see your distribution's security updates`,
    );
  }
  return ok(check, text);
}

function isOlder(version: Version, than: Version): boolean {
  for (const [i, part] of than.entries()) {
    const mine = version[i] ?? 0;
    if (mine !== part) return mine < part;
  }
  return false;
}
