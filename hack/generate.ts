import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { generatedFiles } from './generated.ts';
import { HELM, INSTALL, installManifest } from './install-manifest.ts';

/** Writes all generated files: `npm run generate`. A test checks that they are up to date. */
for (const [path, text] of Object.entries(generatedFiles())) write(path, text);
// It is rendered from some of these.
if ('missing' in HELM) console.warn(`${INSTALL} stays as it is: ${HELM.missing}`);
else write(INSTALL, installManifest(HELM.path));

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  console.log(path);
}
