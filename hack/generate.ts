import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { generatedFiles } from './generated.ts';
import { HELM, INSTALL, installManifest } from './install-manifest.ts';

/** Writes everything that is made from code: `npm run generate`. A test keeps these files in step. */
for (const [path, text] of Object.entries(generatedFiles())) write(path, text);
// It is rendered from some of these.
if ('missing' in HELM) console.warn(`${INSTALL} stays as it is: ${HELM.missing}`);
else write(INSTALL, installManifest(HELM.path));

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log(path);
}
