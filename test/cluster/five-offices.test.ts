import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createNetwork, eventually, type TestNetwork } from '../support/cluster.ts';

describe('five offices', () => {
  let net: TestNetwork;
  beforeAll(async () => {
    net = await createNetwork('offices', 'manifests/five-offices.yaml');
    await net.ready();
  });
  afterAll(() => net?.remove());

  /** The output of kubectl, by name and column. */
  async function table(kind: string): Promise<Record<string, Record<string, string>>> {
    const [head = '', ...lines] = (await net.kubectl(['get', kind, '-o', 'wide'])).split('\n');
    const columns = [...head.matchAll(/\S+(?: \S+)*\s*/g)].map(({ 0: name, index }) => ({ name: name.trim(), index }));
    const row = (line: string) =>
      Object.fromEntries(columns.map(({ name, index }, i) => [name, line.slice(index, columns[i + 1]?.index).trim()]));
    return Object.fromEntries(lines.map((line) => [line.split(' ')[0]!, row(line)]));
  }

  it('a file crosses three hops', () => net.crosses('brazil', ['germany', 'australia', 'newzealand', 'spain']));

  it('kubectl get shows the status of every office', async () => {
    const hubs: Record<string, string> = {
      brazil: 'germany',
      spain: 'germany',
      newzealand: 'australia',
      germany: '',
      australia: '',
    };
    // A child whose home hub was not ready yet stays with the other one for a while.
    const sites = await eventually(
      async () => {
        const found = await table('sites');
        const calm = (name: string) =>
          found[name]?.READY === 'True' && found[name].BEHIND === '-' && found[name].HUB === hubs[name];
        return Object.keys(hubs).every(calm) ? found : undefined;
      },
      100_000,
      'everybody to be ready, with its hub, and behind with nothing',
    );
    for (const [name, hub] of Object.entries(hubs))
      expect(sites[name]).toEqual({
        NAME: name,
        READY: 'True',
        ROLE: hub === '' ? 'hub' : 'child',
        HUB: hub,
        LAG: '0s',
        BEHIND: '-',
        VERSION: expect.stringMatching(/^\d+\.\d+\.\d+/),
        AGE: expect.stringMatching(/^\d+[sm]/),
        REASON: 'Working',
        'LAST CONTACT': 'now',
        DISK: expect.stringMatching(/^\d+% of [\d.]+ .B free$/),
        'CERTIFICATES EXPIRE': expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}Z$/),
      });
    const germany = { NAME: 'germany', READY: 'True', CHILDREN: '3', CONNECTED: '2', REASON: 'Working' };
    const address = `germany-hub.${net.namespace}.svc:2222`;
    expect((await table('hubs')).germany).toEqual({ ...germany, ADDRESS: address, AGE: expect.any(String) });
    const projects = { NAME: 'projects', READY: 'True', SITES: '5', 'IN SYNC': '5', LAG: '0s', REASON: 'Fresh' };
    expect((await table('syncfolders')).projects).toEqual({ ...projects, AGE: expect.any(String) });
  });

  it('the conditions follow kstatus, and are up to date', async () => {
    const wanted = [
      'Ready=True',
      'Reconciling=False',
      'Stalled=False',
      'Connected=True',
      'Replicating=True',
      'InSync=True',
      'StorageHealthy=True',
    ];
    // On a busy machine it may just be scanning its folders.
    const { metadata, status } = await eventually(
      async () => {
        const site = await net.get('site', 'brazil');
        const words = site.status!.conditions!.map(({ type, status: word }) => `${type}=${word}`);
        return wanted.every((word) => words.includes(word)) ? site : undefined;
      },
      60_000,
      wanted.join(),
    );
    expect(status!.observedGeneration).toBe(metadata.generation);
    const reasons = (await net.events('brazil')).map(({ reason }) => reason);
    expect(reasons).toEqual(expect.arrayContaining(['Connected', 'Ready']));
    // Nobody has changed anything: the operator's own actions are not reported as external changes.
    for (const site of ['brazil', 'germany', 'spain'])
      for (const { reason } of await net.events(site))
        expect(reason).not.toMatch(/^(ObjectRestored|DriftCorrected|PodReplaced|ContainerRestarted)$/);
  });

  it("a user without permissions reads no other site's Secrets; a site's account may do nothing", async () => {
    const may = (user: string, verb: string, what: string) =>
      net.kubectl(['auth', 'can-i', verb, what, `--as=${user}`]).catch(({ stdout }: { stdout: string }) => stdout);
    expect(await may('somebody', 'get', 'secrets/brazil-keys')).toBe('no');
    const account = `system:serviceaccount:${net.namespace}:brazil`;
    for (const what of ['secrets', 'secrets/spain-keys', 'configmaps', 'sites.sitesync.dev', 'pods'])
      expect(await may(account, 'get', what)).toBe('no');
  });

  it('a pod has no token for the API server, and no container sees keys that it does not read', async () => {
    const looks = (container: string, script: string) => net.shell('brazil', script, container);
    for (const container of ['agent', 'mysql', 'rsyncd', 'link'])
      expect(await looks(container, 'ls -d /var/run/secrets /run/secrets 2>/dev/null || true')).toBe('');
    const ask = "fetch('https://kubernetes.default.svc/api/v1/secrets').then(({ status }) => console.log(status))";
    expect(await looks('agent', `NODE_TLS_REJECT_UNAUTHORIZED=0 NODE_NO_WARNINGS=1 node -e "${ask}"`)).toBe('403');
    // The test cluster does not enforce network policies, so only their content is checked.
    const { spec } = await net.get('networkpolicy', 'brazil');
    expect(spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] });
    const ways = spec.egress as { to?: unknown[]; ports: { port: number }[] }[];
    expect(ways.filter(({ to }) => to === undefined).flatMap(({ ports }) => ports.map(({ port }) => port))).toEqual([
      53, 53,
    ]);
    expect(await looks('rsyncd', 'ls -R /site/secrets/')).not.toMatch(/user_key|secrets\.json/);
    expect(await looks('mysql', 'ls -R /site/secrets/')).not.toMatch(/user_key|secrets\.json/);
  });

  it("no other pod reaches a site's database or rsync daemon", async () => {
    const { status } = await net.get('pod', 'brazil-0');
    const plan = JSON.parse((await net.get('configmap', 'brazil-config')).data!['plan.json']!) as {
      ports: Record<string, number>;
    };
    const from = (port: number) =>
      net.shell(
        'spain',
        `timeout 5 bash -c ': </dev/tcp/${String(status!.podIP)}/${port}' && echo open || echo closed`,
      );
    expect(await from(8443)).toBe('open');
    for (const port of Object.values(plan.ports)) expect(await from(port)).toBe('closed');
  });

  it('pods describe themselves by labels', async () => {
    const pods = await net.kubectl(['get', 'pods', '-l', 'sitesync.dev/role=hub', '-o', 'name']);
    expect(pods.split('\n').sort()).toEqual(['pod/australia-0', 'pod/germany-0']);
    const budget = await net.get('poddisruptionbudget', 'sitesync-hubs');
    expect(budget.status).toMatchObject({ expectedPods: 2, currentHealthy: 2, disruptionsAllowed: 1 });
  });
});
