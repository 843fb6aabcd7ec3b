import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDetector, type Detector } from '../../../src/agent/detect/detector.ts';
import type { DetectorHandlers } from '../../../src/agent/detect/detector-handlers.ts';
import { createDigests, putDigest } from '../../../src/agent/fs/digests.ts';
import type { DirectoryReport, FileFact } from '../../../src/agent/fs/facts.ts';
import { type BytePath, pathKey } from '../../../src/base/bytes.ts';

export function tempTree(): { root: string; outside: string; remove(): void } {
  const base = mkdtempSync(join(tmpdir(), 'sitesync-detect-'));
  const [root, outside] = [join(base, 'root'), join(base, 'outside')];
  mkdirSync(join(root, '.sitesync'), { recursive: true });
  writeFileSync(join(root, '.sitesync', 'marker'), 'test\n');
  mkdirSync(outside);
  return { root, outside, remove: () => rmSync(base, { recursive: true, force: true }) };
}

/** A detector over a real tree that records its findings; `agree` makes it store digests as the journal does. */
export function startDetector(root: string, options: { ignore?: string[]; periodMs?: number } = {}) {
  const stop = new AbortController();
  const digests = createDigests();
  const rig = {
    facts: new Map<BytePath, FileFact>(),
    gone: new Set<BytePath>(),
    reports: [] as DirectoryReport[],
    troubles: [] as Error[],
    /** Folders whose disk does not respond. */
    stalled: new Set<string>(),
    /** Maximum number of concurrent calls. */
    atOnce: 0,
    /** What the next calls throw. */
    fail: undefined as Error | undefined,
    check: () => {},
    detector: undefined as unknown as Detector,
    async stop() {
      stop.abort();
      await rig.detector.stop();
    },
  };
  let running = 0;
  const alone = async (work: () => void) => {
    running++;
    rig.atOnce = Math.max(rig.atOnce, running);
    await new Promise((resolve) => setImmediate(resolve));
    try {
      if (rig.fail) throw rig.fail;
      work();
    } finally {
      running--;
    }
  };
  const keep = (facts: FileFact[]) => {
    for (const fact of facts) {
      rig.facts.set(fact.path, fact);
      rig.gone.delete(fact.path);
    }
  };
  const handlers: DetectorHandlers = {
    findings: ({ facts, gone }) =>
      alone(() => {
        keep(facts);
        for (const path of gone) {
          rig.gone.add(path);
          rig.facts.delete(path);
        }
      }),
    reports: (folder, reports) =>
      alone(() => {
        rig.reports.push(...reports);
        for (const { path, facts, digest } of reports) {
          keep(facts);
          if (digest) putDigest(digests, pathKey(folder, path), digest);
        }
      }),
    digests: async () => digests,
    check: () => rig.check(),
    trouble: (_folder, error) => void rig.troubles.push(error),
    working: () => false,
    stalled: (folders, is) => {
      for (const name of folders) {
        if (is) rig.stalled.add(name);
        else rig.stalled.delete(name);
      }
    },
    passed: async () => undefined,
  };
  rig.detector = createDetector(handlers, stop.signal, options);
  rig.detector.open('projects', root, options.ignore ?? [], 'disk');
  return rig;
}
