import { createProgram } from './program/program.ts';
import { errorText } from './terminal/output.ts';

try {
  await createProgram().parseAsync();
} catch (error) {
  process.stderr.write(`${errorText(error)}\n`);
  process.exitCode = 1;
}
