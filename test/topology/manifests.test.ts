import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadResources } from '../../src/api/load.ts';
import { overlapsBetweenSites } from '../../src/api/overlaps.ts';
import { plan } from '../../src/topology/plan.ts';

/** Manifests that do not contain a network. */
const OTHERS = ['install.yaml', 'other-cluster.yaml'];
const files = readdirSync('manifests').filter((file) => !OTHERS.includes(file));

describe.each(files.map((file) => `manifests/${file}`))('%s', (file) => {
  it('starts with a comment about its purpose', () => {
    expect(readFileSync(file, 'utf8')).toMatch(/^# [A-Z]/);
  });

  it.each([false, true])('is valid (as pods: %s)', (pods) => {
    const resources = loadResources([file]);
    const { sites, problems } = plan(resources, { pods });
    expect([...overlapsBetweenSites(resources), ...problems]).toEqual([]);
    expect(sites).toHaveLength(resources.sites.length);
  });
});
