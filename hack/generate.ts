import { writeFileSync } from 'node:fs';
import { generatedFiles } from './generated.ts';

/** Writes everything that is made from code: `npm run generate`. A test keeps these files in step. */
for (const [path, text] of Object.entries(generatedFiles())) {
  writeFileSync(path, text);
  console.log(path);
}
