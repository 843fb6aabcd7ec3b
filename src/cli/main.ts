import { explain } from './output.ts';
import { createProgram } from './program/program.ts';

try {
  await createProgram().parseAsync();
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exitCode = 1;
}
