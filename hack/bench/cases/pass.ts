import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, fetch } from 'undici';
import type { SiteSecrets } from '../../../src/base/site-dir.ts';
import { startNetwork } from '../../../test/support/network.ts';
import { median, memoryOf, timed } from '../measure.ts';

const FILES = 1_000_000;
const DIRECTORIES = 10_000;
const PASSES = 5;
/** The first call returns when everything is adopted; undici's own limit is 5 minutes. */
const ADOPTION_MS = 1_800_000;

export interface Pass {
  /** Of one pass over the unchanged tree. */
  seconds: number;
  /** Bytes: the agent's peak during passes, and its memory shortly after one. */
  peak: number;
  rest: number;
}

/** A real site with a tree of a million files: adopts it, then scans it repeatedly. */
export async function fullPass(say: (line: string) => void): Promise<Pass> {
  const storage = join(tmpdir(), `sitesync-bench-${FILES}`);
  if (!existsSync(join(storage, 'complete'))) buildTree(storage, say);
  rmSync(join(storage, 'projects/.sitesync'), { recursive: true, force: true });
  const object = (kind: string, name: string, spec: object) =>
    JSON.stringify({ apiVersion: 'sitesync.dev/v1alpha1', kind, metadata: { name }, spec });
  const network = await startNetwork(
    [
      object('Site', 'big', { storage: { path: storage } }),
      object('Hub', 'big', {}),
      object('SyncFolder', 'projects', { selector: {} }),
    ].join('\n---\n'),
  );
  try {
    await network.up();
    const site = network.data.site('big');
    const { apiToken } = JSON.parse(readFileSync(site.secrets, 'utf8')) as SiteSecrets;
    const { ports } = JSON.parse(readFileSync(site.plan, 'utf8')) as { ports: { api: number } };
    const patient = new Agent({ headersTimeout: ADOPTION_MS });
    const settle = async () => {
      const response = await fetch(`http://127.0.0.1:${ports.api}/api/v1/settle`, {
        method: 'POST',
        headers: { authorization: `Bearer ${apiToken}` },
        dispatcher: patient,
        signal: AbortSignal.timeout(ADOPTION_MS),
      });
      return (await response.json()) as { detect: { lastPassMs: number; files: number } };
    };
    say(`adopting ${FILES} files`);
    say(`adopted in ${(await timed(settle)).toFixed(0)} s`);
    const pid = (await network.pidOf('big', 'agent'))!;
    writeFileSync(`/proc/${pid}/clear_refs`, '5'); // resets the peak
    const passes: number[] = [];
    for (let i = 0; i < PASSES; i++) {
      const { detect } = await settle();
      passes.push(detect.lastPassMs / 1000);
      say(`pass of ${detect.files} files: ${detect.lastPassMs} ms`);
    }
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const peak = 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)![1]);
    return { seconds: median(passes), peak, rest: memoryOf([pid]) };
  } finally {
    await network.remove();
  }
}

function buildTree(storage: string, say: (line: string) => void): void {
  say(`building ${FILES} files in ${DIRECTORIES} directories in ${storage}, once`);
  rmSync(storage, { recursive: true, force: true });
  for (let d = 0; d < DIRECTORIES; d++) {
    const directory = join(storage, 'projects', `${Math.floor(d / 100)}`, `${d % 100}`);
    mkdirSync(directory, { recursive: true });
    for (let f = 0; f < FILES / DIRECTORIES; f++) writeFileSync(join(directory, `file-${f}.txt`), `${d} ${f}`);
  }
  writeFileSync(join(storage, 'complete'), '');
}
