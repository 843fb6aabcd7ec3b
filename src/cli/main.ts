import { createProgram } from './program/program.ts';
import { explain } from './terminal/output.ts';

try {
  await createProgram().parseAsync();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
