import type { Resources, Site } from '../../../src/api/schema.ts';
import type { SiteSecrets } from '../../../src/base/site-dir.ts';
import type { SiteInput } from '../../../src/operator/objects/input.ts';
import { plan } from '../../../src/topology/plan.ts';
import { completeSecrets } from '../../../src/topology/secrets.ts';
import type { EngineName } from '../../../src/topology/site-plan.ts';

/** Prefix of everything that must stay secret, so that it can be searched for. */
export const SECRET = 'do-not-show';

const KEYS = ['user_key', 'user_key-cert.pub', 'known_hosts', 'host_key', 'host_key-cert.pub', 'ca.pub'];

/** The input for every site of a topology in pods, with made-up keys and passwords. */
export function inputsOf(
  resources: Resources,
  specOf: (site: Site) => SiteInput['spec'] = ({ spec }) => spec,
  engine: EngineName = 'mariadb',
) {
  const { sites, problems } = plan(resources, { pods: true, engine });
  if (problems.length > 0) throw new Error(JSON.stringify(problems));
  let count = 0;
  const secrets = completeSecrets(sites, new Map(), { make: () => `${SECRET}-${count++}` });
  return sites.map((site): SiteInput => {
    const keys = Object.fromEntries(KEYS.map((name) => [name, `${name.includes('.') ? name : `${SECRET}-${name}`}\n`]));
    const own: SiteSecrets = { ...secrets.get(site.site)!, operatorToken: `${SECRET}-operator` };
    const resource = resources.sites.find(({ metadata }) => metadata.name === site.site)!;
    return {
      plan: site,
      spec: specOf(resource),
      secrets: own,
      keys,
      tls: { 'tls.crt': 'certificate\n', 'tls.key': `${SECRET}-tls\n` },
      images: { sitesync: 'example.org/sitesync:1', database: 'mariadb:11.8' },
      pullSecrets: [],
      gatewayApi: true,
      observers: ['sitesync-system', 'monitoring'],
      version: '0.1.0',
    };
  });
}
