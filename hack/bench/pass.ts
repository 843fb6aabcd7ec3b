import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDetector } from '../../src/agent/detect/detector.ts';
import { createDigests, putDigest } from '../../src/agent/detect/digests.ts';
import { pathKey } from '../../src/base/bytes.ts';

/**
 * How long a pass over an unchanged tree takes and what it costs in memory: `node hack/bench/pass.ts [FILES] [DIRS]`,
 * 1,000,000 files in 10,000 directories unless told otherwise. The tree is built once under the temporary directory.
 */
const [files = 1_000_000, dirs = 10_000] = process.argv.slice(2).map(Number);
const base = join(tmpdir(), `sitesync-bench-pass-${files}-${dirs}`);
const root = join(base, 'tree');
if (!existsSync(join(base, 'complete'))) buildTree();

const digests = createDigests();
let reported = 0;
const stop = new AbortController();
const detector = createDetector(
  {
    findings: async () => undefined,
    async reports(folder, reports) {
      reported += reports.length;
      for (const { path, digest } of reports) {
        if (digest) putDigest(digests, pathKey(folder, path), digest);
      }
    },
    digests: async () => digests,
    check: () => undefined,
    trouble(_folder, error) {
      throw error;
    },
    working: () => false,
    passed: async () => undefined,
  },
  stop.signal,
);
print('process with an idle detector', 0);
detector.open('bench', root, []);
for (const name of ['first pass', 'second pass', 'third pass', 'fourth pass']) {
  const started = performance.now();
  reported = 0;
  await detector.settled();
  print(name, performance.now() - started);
}
const { files: found, watchedDirectories, watching, errors } = detector.state();
console.log({ found, watchedDirectories, watching, errors });
stop.abort();
await detector.stop();

function print(what: string, ms: number): void {
  const rss = Math.round(process.memoryUsage().rss / 2 ** 20);
  const peak = Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) / 1024);
  const pass = detector.state().lastPassMs;
  console.log(
    `${what}: ${Math.round(ms)} ms (walk ${pass} ms), ${reported} directories reported, RSS ${rss} MB, peak ${peak} MB`,
  );
}

function buildTree(): void {
  console.log(`building ${files} files in ${dirs} directories in ${base} …`);
  rmSync(base, { recursive: true, force: true });
  const perDirectory = Math.ceil(files / dirs);
  for (let d = 0; d < dirs; d++) {
    const dir = join(root, `d${Math.floor(d / 100)}`, `e${d % 100}`);
    mkdirSync(dir, { recursive: true });
    for (let f = 0; f < perDirectory; f++) writeFileSync(join(dir, `file-${f}.txt`), 'x');
  }
  writeFileSync(join(base, 'complete'), '');
}
