import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { generatedFiles } from '../../hack/generated.ts';
import { type OpenApiSchema, openApiSchema } from '../../src/api/openapi.ts';
import { API_VERSION, KINDS, type Kind } from '../../src/api/schema.ts';
import { type ApiServer, KUBE, startApiServer } from '../support/api-server.ts';

it.each(Object.entries(generatedFiles()))('%s is what the code says (npm run generate)', (path, text) => {
  expect(readFileSync(path, 'utf8')).toBe(text);
});

it('describes every field that users set', () => {
  const silent: string[] = [];
  const walk = (schema: OpenApiSchema, path: string) => {
    for (const [name, part] of Object.entries(schema.properties ?? {})) {
      if (!part.description && !part.properties) silent.push(`${path}.${name}`);
      walk(part, `${path}.${name}`);
    }
    if (schema.items) walk(schema.items, `${path}[]`);
  };
  for (const kind of Object.keys(KINDS) as Kind[]) walk(openApiSchema(kind).properties!.spec!, `${kind}.spec`);
  expect(silent).toEqual([]);
});

describe.skipIf('missing' in KUBE)(`a real API server${'missing' in KUBE ? ` (${KUBE.missing})` : ''}`, () => {
  let server: ApiServer;
  const object = (kind: Kind, name: string, spec?: object) =>
    stringify({ apiVersion: API_VERSION, kind, metadata: { name }, ...(spec && { spec }) });
  const apply = (text: string) => server.kubectl(['apply', '-f', '-'], text);
  const refusal = (text: string) => {
    try {
      apply(text);
      return 'accepted';
    } catch (error) {
      return String((error as { stderr?: string }).stderr);
    }
  };

  beforeAll(async () => {
    server = await startApiServer();
    server.kubectl(['apply', '-f', 'crds/']);
    server.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s']);
  }, 90_000);
  afterAll(() => server?.stop());

  it('accepts the five offices and fills in defaults', () => {
    apply(readFileSync('manifests/five-offices.yaml', 'utf8'));
    const folder = JSON.parse(server.kubectl(['get', 'syncfolder', 'projects', '-o', 'json']));
    expect(folder.spec).toMatchObject({ freshness: { target: '15m' }, selector: {}, sites: [] });
    const site = JSON.parse(server.kubectl(['get', 'site', 'germany', '-o', 'json']));
    expect(site.spec).toMatchObject({ link: { up: 'unlimited' }, storage: {}, deletionPolicy: 'Retain' });
  });

  it.each<[string, Kind, string, object | undefined, RegExp]>([
    ['an unknown field', 'Site', 'one', { hubb: [] }, /unknown field "spec.hubb"/],
    ['a long name', 'Site', 'x'.repeat(41), undefined, /at most 40 characters/],
    ['a reserved name', 'Hub', 'local', undefined, /this name is reserved/],
    ['two storages', 'Site', 'one', { storage: { size: '1Gi', path: '/srv' } }, /keep one of size, claimName and path/],
    [
      'two places for the database',
      'Site',
      'one',
      { storage: { claimName: 'files', state: { size: '1Gi', claimName: 'state' } } },
      /keep one of size and claimName/,
    ],
    ['a size that is none', 'Site', 'one', { storage: { size: 'much' } }, /should match/],
    [
      'outside and elsewhere',
      'Site',
      'one',
      { placement: { external: true, kubeconfigSecret: 'x' } },
      /cannot be both/,
    ],
    ['a hub twice', 'Site', 'one', { hubs: [{ name: 'a' }, { name: 'a' }] }, /Duplicate value/],
    ['a folder of nobody', 'SyncFolder', 'one', {}, /no site shares the folder/],
    ['a node port of no node', 'Hub', 'one', { service: { nodePort: 30_000 } }, /nodePort needs/],
    ['a bad rate', 'Site', 'one', { link: { up: 'fast' } }, /should match/],
    [
      'a provider that does not know where to send people back to',
      'Site',
      'one',
      { page: { oidc: { issuer: 'https://login.example', clientId: 'page' } } },
      /needs an address to redirect to: set oidc\.url or host/,
    ],
  ])('refuses %s and says why', (_, kind, name, spec, message) => {
    expect(refusal(object(kind, name, spec))).toMatch(message);
  });

  it('rejects changes to immutable fields, and lets a volume grow', () => {
    apply(object('Site', 'grows', { storage: { size: '10Gi' } }));
    expect(refusal(object('Site', 'grows', { storage: { size: '5Gi' } }))).toMatch(/size cannot be reduced/);
    expect(refusal(object('Site', 'grows', { storage: { size: '0.02Ti' } }))).toMatch(/should match/);
    apply(object('Site', 'grows', { storage: { size: '20Gi' } }));
    apply(object('Site', 'claims', { storage: { claimName: 'mine' } }));
    expect(refusal(object('Site', 'claims', { storage: { claimName: 'other' } }))).toMatch(/claimName is immutable/);
    expect(refusal(object('Site', 'claims', { storage: { path: '/srv' } }))).toMatch(/is immutable/);
  });

  it('keeps the location of the database immutable, and lets it grow', () => {
    apply(object('Site', 'reserves', {}));
    expect(refusal(object('Site', 'reserves', { storage: { size: '9Gi' } }))).toMatch(/default is 10Gi/);
    expect(refusal(object('Site', 'reserves', { storage: { state: { size: '4Gi' } } }))).toMatch(
      /state\.size cannot be reduced.*default is 5Gi/,
    );
    expect(refusal(object('Site', 'reserves', { storage: { state: { claimName: 'db' } } }))).toMatch(
      /the location of the database is immutable/,
    );
    apply(object('Site', 'reserves', { storage: { state: { size: '8Gi' } } }));
    expect(refusal(object('Site', 'reserves', {}))).toMatch(/state\.size cannot be reduced/);
    apply(object('Site', 'adopts', { storage: { claimName: 'files' } }));
    expect(refusal(object('Site', 'adopts', { storage: { claimName: 'files', state: { size: '8Gi' } } }))).toMatch(
      /the location of the database is immutable/,
    );
  });

  it.each([
    ['site.spec.storage', /claimName.*\n.*Name of an existing PersistentVolumeClaim/],
    ['site.spec.link.up', /such as 64kbit/],
    ['site.status.lag', /Age of the oldest version/],
    ['hub', /makes the Site of the same name a hub/],
    ['syncfolder.spec.freshness', /alert when a site lags by more than this/],
  ])('explains %s', (field, text) => {
    expect(server.kubectl(['explain', field])).toMatch(text);
  });

  it.each(readdirSync('manifests').filter((file) => file !== 'install.yaml'))('takes manifests/%s', (file) => {
    server.kubectl(['create', 'namespace', file.replace('.yaml', '')]);
    server.kubectl(['-n', file.replace('.yaml', ''), 'apply', '-f', `manifests/${file}`]);
  });

  it('prints the columns', () => {
    const [head] = server.kubectl(['get', 'sites', '-o', 'wide']).split('\n');
    expect(head!.split(/\s{2,}/)).toEqual([
      'NAME',
      'READY',
      'ROLE',
      'HUB',
      'LAG',
      'BEHIND',
      'VERSION',
      'AGE',
      'REASON',
      'LAST CONTACT',
      'DISK',
      'CERTIFICATES EXPIRE',
    ]);
  });
});
