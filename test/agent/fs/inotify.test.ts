import { closeSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Event, openInotify } from '../../../src/agent/fs/inotify.ts';
import { tempTree } from '../detect/rig.ts';

/** What fs.watch hides. */
it('reports lost events, and keeps the watch of a renamed directory', () => {
  const tree = tempTree();
  const inotify = openInotify();
  try {
    mkdirSync(join(tree.root, 'a'));
    const fd = openSync(join(tree.root, 'a'), 'r');
    const watch = inotify.add(fd);
    renameSync(join(tree.root, 'a'), join(tree.root, 'b'));
    expect(inotify.add(fd)).toBe(watch);
    closeSync(fd);
    const queue = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
    // Creating one causes at least two events.
    for (let i = 0; i < queue; i++) writeFileSync(join(tree.root, 'b', `${i}`), '');
    const events: Event[] = [];
    for (let more = inotify.read(); more.length > 0; more = inotify.read()) events.push(...more);
    expect(events[0]).toEqual({ is: 'changed', watch, name: '0', newDirectory: false });
    expect(events.at(-1)).toEqual({ is: 'overflow' });
  } finally {
    inotify.close();
    tree.remove();
  }
});
