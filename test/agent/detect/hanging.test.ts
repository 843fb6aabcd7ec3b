import { mkdirSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { treesAhead } from '../../../src/agent/apply/pairing.ts';
import { answersSoon } from '../../../src/agent/fs/probe.ts';
import { realDisk } from '../../../src/agent/fs/real-disk.ts';
import { createReader } from '../../../src/agent/verify/reader.ts';
import { mountHangingDisk } from '../../support/hanging-disk.ts';
import { until } from '../../support/until.ts';
import { startDetector, tempTree } from './rig.ts';

it('a disk that hangs is reported, other folders continue, and it recovers by itself', async ({ skip }) => {
  const tree = tempTree();
  const mounted = join(tree.outside, 'mounted');
  mkdirSync(mounted);
  const disk = await mountHangingDisk(mounted);
  if (!disk) {
    tree.remove();
    return skip('may not mount');
  }
  const rig = startDetector(tree.root);
  try {
    rig.detector.open('network', mounted, [], 'another disk');
    await rig.detector.settled();
    expect(rig.detector.views().get('network')).toMatchObject({ passed: true, current: true });
    disk.hang();
    await until(() => rig.detector.views().get('network')?.current === false, 10_000, 'not known any more');
    await until(() => rig.stalled.has('network'), 20_000, 'told');
    expect(await rig.detector.answers('network')).toBe(false);
    // Requests to it end with the reason.
    await rig.detector.requestPass('network');
    expect(rig.detector.views().get('network')?.error?.code).toBe('scanFailed');
    writeFileSync(join(tree.root, 'f'), 'x');
    await until(() => rig.facts.has('f'));
    await rig.detector.refresh();
    expect(rig.detector.views().get('projects')).toMatchObject({ current: true });
    expect(rig.stalled).toEqual(new Set(['network']));
    disk.answer();
    await until(() => rig.stalled.size === 0, 20_000, 'answers again');
    await rig.detector.requestPass('network');
    expect(rig.detector.views().get('network')).toMatchObject({ passed: true });
    expect(rig.detector.views().get('network')?.error).toBeUndefined();
  } finally {
    disk.answer();
    await rig.stop();
    disk.remove();
    tree.remove();
  }
});

it('disks that do not answer are told apart from those that do, and keep neither files nor the start', async ({
  skip,
}) => {
  const tree = tempTree();
  const mounted = join(tree.outside, 'mounted');
  mkdirSync(mounted);
  const disk = await mountHangingDisk(mounted);
  if (!disk) {
    tree.remove();
    return skip('may not mount');
  }
  const folders = Array.from({ length: 6 }, (_, i) => ({ name: `f${i}`, path: join(mounted, `${i}`) }));
  const db = { query: async () => [[], []] } as unknown as Parameters<typeof treesAhead>[0];
  const plan = { folders } as unknown as Parameters<typeof treesAhead>[1];
  try {
    disk.hang();
    const ahead = treesAhead(db, plan, {} as Parameters<typeof treesAhead>[2], realDisk);
    // Node has four threads for file operations.
    expect((await stat(tree.root)).isDirectory()).toBe(true);
    expect(await ahead).toEqual([]);
    expect(await answersSoon(tree.root)).toBe(true);
    expect(await answersSoon(join(tree.root, 'none'))).toBe(true);
  } finally {
    disk.answer();
    disk.remove();
    tree.remove();
  }
});

it('reading from a hung disk is abandoned when the agent is told to stop', async ({ skip }) => {
  const tree = tempTree();
  const mounted = join(tree.outside, 'mounted');
  mkdirSync(mounted);
  const disk = await mountHangingDisk(mounted);
  if (!disk) {
    tree.remove();
    return skip('may not mount');
  }
  const reader = createReader();
  try {
    disk.hang();
    const reading = reader.read({ root: mounted, paths: ['f'] });
    reader.close();
    await expect(reading).rejects.toThrow('the reader was closed');
  } finally {
    disk.answer();
    disk.remove();
    tree.remove();
  }
});
