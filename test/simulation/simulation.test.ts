import { expect, it } from 'vitest';
import { play } from './play.ts';
import { scriptOf } from './script.ts';

/** Networks of fixed seeds: a landing must not hang on luck. New ones are tried by `npm run simulate`. */
const SEEDS = ['22/0', '22/1', '24/0'];
const OPERATIONS = 60;

it.each(SEEDS)(
  'network %s keeps every promise',
  async (seed) => {
    const { violations } = await play(seed, scriptOf(seed, OPERATIONS));
    expect(Object.fromEntries(violations)).toEqual({});
  },
  300_000,
);

it('is the same each time', async () => {
  const steps = scriptOf('23/0', OPERATIONS);
  const [one, other] = [await play('23/0', steps), await play('23/0', steps)];
  expect(one).toEqual(other);
  expect(Object.fromEntries(one.violations)).toEqual({});
  expect(one.stops.length).toBeGreaterThan(0);
}, 300_000);

it('finds what breaks a promise', async () => {
  // Nobody is told of what is done by hand in an archive.
  const steps = scriptOf('broken', 60, false);
  const { violations } = await play('broken', steps, undefined, (network) => {
    const { disk } = network.site('h1');
    for (const [path, { kind }] of disk.entriesBelow(
      { fd: -1, name: 'h1/folders/projects/.sitesync/archive' },
      () => false,
    )) {
      if (kind !== 'file') continue;
      const fd = disk.create({ fd: -1, name: `h1/folders/projects/.sitesync/archive/${path}` }, 0o600, true);
      disk.writeAt(fd, Buffer.from('rot'), 0);
      disk.close(fd);
    }
  });
  expect([...violations.keys()]).toContain('archives are true');
}, 300_000);
