import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { HELM, INSTALL, installManifest } from '../../hack/install-manifest.ts';

const ALL_OPTIONS = [
  'replicas=2',
  'database.engine=mariadb',
  'nodeFolders=true',
  'priorityClassName=system-cluster-critical',
  'imagePullSecrets[0].name=registry',
  'podDisruptionBudget.enabled=true',
  'serviceMonitor.enabled=true',
  'prometheusRule.enabled=true',
  'nodeSelector.disk=ssd',
  'podAnnotations.team=files',
];

describe.skipIf('missing' in HELM)(`the chart${'missing' in HELM ? ` (${HELM.missing})` : ''}`, () => {
  const helm = (...args: string[]) => {
    if ('missing' in HELM) throw new Error(HELM.missing);
    return execFileSync(HELM.path, args, { encoding: 'utf8', stdio: 'pipe' });
  };
  const set = (values: string[]) => values.flatMap((value) => ['--set', value]);
  const render = (values: string[]) =>
    helm('template', 'sitesync', 'charts/sitesync', '-n', 'sitesync', ...set(['crds.install=false', ...values]));

  it.each([
    ['default', []],
    ['namespace', ['scope=namespace']],
    ['all-options', ALL_OPTIONS],
  ])('renders %s (vitest -u renews the golden files)', async (name, values) => {
    helm('lint', '--strict', 'charts/sitesync', ...set(values));
    await expect(render(values)).toMatchFileSnapshot(`golden/${name}.yaml`);
  });

  it('grants nothing outside of its namespace with scope=namespace', () => {
    expect(render(['scope=namespace'])).not.toMatch(/ClusterRole|persistentvolumes\b/);
  });

  it.each([
    ['scope=galaxy', /scope/],
    ['replica=2', /replica/],
    ['image.pullPolicy=Sometimes', /pullPolicy/],
  ])('refuses %s and names it', (value, message) => {
    expect(() => render([value])).toThrow(message);
  });

  it(`${INSTALL} is what the chart says (npm run generate)`, () => {
    if ('path' in HELM) expect(readFileSync(INSTALL, 'utf8')).toBe(installManifest(HELM.path));
  });
});
