import { decodeApiPath } from '../../base/api-path.ts';
import { displayPath } from '../../base/bytes.ts';
import type { DataDir } from '../../local/data-dir.ts';
import type { HeldOutcome } from '../../web/contract/held.ts';
import { clientOf } from '../sites/client.ts';
import { parseTarget } from '../sites/target.ts';
import { print, printJson } from '../terminal/output.ts';

export async function decide(
  verdict: 'approve' | 'reject',
  text: string,
  options: { data: DataDir; at: string; json?: boolean },
): Promise<void> {
  const { folder, path } = parseTarget(text);
  const outcome = await clientOf(options.data, options.at).decide(verdict, folder, path);
  if (options.json) printJson(outcome);
  else print(render(verdict, folder, outcome));
  if (outcome.refused.length > 0) process.exitCode = 1;
}

function render(
  verdict: 'approve' | 'reject',
  folder: string,
  { decided, left, goesOn, refused }: HeldOutcome,
): string {
  const changes = decided === 1 ? '1 change' : `${decided} changes`;
  const done =
    verdict === 'approve'
      ? `Approved ${changes} in ${folder}; now syncing to the other sites.`
      : `Rejected ${changes} in ${folder}; restoring the previous content from the archive or a neighbour.`;
  return [
    done,
    ...refused.map(({ path, reason }) => `${folder}:${displayPath(decodeApiPath(path))}: ${reason}`),
    ...(goesOn ? ['The site is still processing the rest.'] : []),
    ...(left > 0 ? [`${left} still held.`] : []),
  ].join('\n');
}
