import type { DataDir } from '../../local/data-dir.ts';
import { readNetwork } from '../../local/network-file.ts';
import { checkDisk } from '../doctor/machine-checks.ts';
import { checkNetwork } from '../doctor/network-checks.ts';
import { checkPrograms } from '../doctor/program-checks.ts';
import { print, printJson } from '../terminal/output.ts';
import { table } from '../terminal/table.ts';

const MARKS = { ok: 'ok', warning: 'WARNING', wrong: 'WRONG' };

export async function doctor(options: { data: DataDir; json?: boolean }): Promise<void> {
  const [programs, disk, network] = await Promise.all([
    checkPrograms(readNetwork(options.data)?.engine ?? 'mariadb'),
    checkDisk(options.data),
    checkNetwork(options.data),
  ]);
  const findings = [...programs, disk, ...network];
  if (findings.some(({ level }) => level === 'wrong')) process.exitCode = 1;
  if (options.json) return printJson({ findings });
  print(
    table(
      ['', 'CHECK', 'FOUND'],
      findings.map(({ level, check, found }) => [MARKS[level], check, found]),
    ),
  );
  for (const { check, remedy } of findings) if (remedy) print(`\n${check}: ${remedy}.`);
}
