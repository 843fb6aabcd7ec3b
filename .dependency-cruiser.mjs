/**
 * What each folder of src/ may import. "name" means the files directly in that folder, "name/" everything below it, too.
 * An entry names earlier entries only, so there can be no cycle of folders. A folder without an entry may import nothing.
 */
const LAYERS = {
  base: [],
  // What can be wrong at a site: codes, and their sentences in every language.
  problems: ['base'],
  api: ['base', 'problems'],
  topology: ['base', 'api'],
  pki: ['base', 'topology'],
  bundle: ['base', 'topology'],
  database: ['base', 'topology'],

  'web/contract': ['base', 'problems'],
  'web/http': ['base', 'api', 'web/contract'],
  'web/people': ['base', 'api', 'web/contract'],
  'web/people/oidc': ['base', 'api', 'web/contract', 'web/people'],
  'web/routes': ['base', 'problems', 'web/contract', 'web/http', 'web/people/'],
  web: ['base', 'web/contract', 'web/http', 'web/people/', 'web/routes'],

  // What runs in the browser shares nothing with the site but the schemas of the API, and the sentences of problems.
  'web/ui/messages': ['problems', 'web/contract'],
  'web/ui/lib': ['problems', 'web/contract', 'web/ui/messages'],
  'web/ui/parts': ['web/contract', 'web/ui/messages', 'web/ui/lib'],
  'web/ui/screens': ['web/contract', 'web/ui/messages', 'web/ui/lib', 'web/ui/parts'],
  'web/ui': ['web/contract', 'web/ui/lib', 'web/ui/parts', 'web/ui/screens', 'web/ui/styles'],

  'agent/fs': ['base', 'problems', 'topology'],
  'agent/versions': ['base'],
  'agent/store': ['base', 'problems', 'topology', 'database', 'agent/versions', 'agent/fs'],
  'agent/brake': ['api', 'database', 'agent/fs', 'agent/versions', 'agent/store'],
  'agent/site': ['base', 'problems', 'api', 'topology', 'agent/fs', 'agent/versions', 'agent/store', 'agent/brake'],
  'agent/replication': ['base', 'problems', 'topology', 'database', 'agent/store', 'agent/site'],
  'agent/link': ['base', 'problems', 'topology', 'pki', 'database', 'web/contract', 'agent/site', 'agent/replication'],
  // The way of a file, from the disk where it was changed to the archives: an entry names those that follow on it.
  'agent/archive': ['problems', 'database', 'agent/fs', 'agent/versions', 'agent/store', 'agent/site'],
  'agent/apply': [
    'base', 'problems', 'topology', 'database', 'agent/fs', 'agent/versions', 'agent/store', 'agent/site',
    'agent/archive',
  ],
  'agent/room': ['base', 'problems', 'agent/fs', 'agent/store', 'agent/site'],
  'agent/transfer': [
    'base', 'problems', 'topology', 'database', 'web/contract', 'agent/fs', 'agent/versions', 'agent/store', 'agent/site',
    'agent/link', 'agent/room', 'agent/apply', 'agent/archive',
  ],
  'agent/journal': [
    'base', 'problems', 'api', 'topology', 'database', 'agent/fs', 'agent/versions', 'agent/store', 'agent/site',
    'agent/brake', 'agent/transfer', 'agent/apply',
  ],
  'agent/detect': ['base', 'problems', 'agent/fs'],
  // What anybody asks, and what a person asks for; how it is shown is the business of page/ and api/.
  'agent/queries': [
    'base', 'problems', 'api', 'topology', 'pki', 'database', 'web/contract', 'web/routes',
    'agent/fs', 'agent/versions', 'agent/store', 'agent/site', 'agent/link',
    'agent/archive', 'agent/apply', 'agent/transfer', 'agent/journal', 'agent/detect',
  ],
  'agent/actions': [
    'base', 'problems', 'database', 'web/contract', 'web/routes',
    'agent/fs', 'agent/versions', 'agent/store', 'agent/site', 'agent/link',
    'agent/archive', 'agent/apply', 'agent/transfer', 'agent/journal', 'agent/detect', 'agent/queries',
  ],
  'agent/verify/rows': [
    'base', 'problems', 'topology', 'database', 'agent/versions', 'agent/store', 'agent/site', 'agent/replication', 'agent/link',
    'agent/apply', 'agent/journal',
  ],
  'agent/verify': [
    'base', 'problems', 'database', 'agent/fs', 'agent/versions', 'agent/store', 'agent/site', 'agent/link', 'agent/archive',
    'agent/apply', 'agent/transfer', 'agent/journal', 'agent/detect', 'agent/verify/rows',
  ],
  'agent/page': [
    'base', 'problems', 'api', 'topology', 'web', 'web/contract', 'web/routes',
    'agent/site', 'agent/link', 'agent/detect', 'agent/queries', 'agent/actions',
  ],
  'agent/api': [
    'base', 'problems', 'topology', 'database', 'web/contract', 'web/http', 'agent/fs', 'agent/versions', 'agent/store',
    'agent/site', 'agent/link', 'agent/archive', 'agent/detect', 'agent/queries', 'agent/actions', 'agent/verify',
  ],
  agent: ['base', 'problems', 'topology', 'database', 'agent/'],

  local: ['base', 'problems', 'api', 'topology', 'pki', 'database', 'web/people', 'agent/'],
  'local/joined': ['base', 'problems', 'api', 'topology', 'pki', 'bundle', 'database', 'agent/', 'local'],

  'operator/kube': ['base', 'api'],
  'operator/objects': ['base', 'api', 'topology', 'pki', 'database', 'agent/', 'operator/kube'],
  'operator/keys': ['base', 'api', 'topology', 'pki'],
  'operator/status': ['base', 'problems', 'api', 'topology', 'agent/', 'operator/kube'],
  'operator/apply': ['base', 'operator/kube', 'operator/objects'],
  'operator/clusters': ['base', 'operator/kube', 'operator/objects', 'operator/status', 'operator/apply'],
  'operator/network': [
    'base', 'problems', 'api', 'topology', 'pki', 'bundle',
    'operator/kube', 'operator/objects', 'operator/keys', 'operator/status', 'operator/apply', 'operator/clusters',
  ],
  operator: ['base', 'topology', 'operator/'],

  'cli/terminal': ['base'],
  'cli/sites': ['base', 'problems', 'api', 'topology', 'web/contract', 'agent/', 'local', 'cli/terminal'],
  'cli/supervise': ['base', 'problems', 'topology', 'local/', 'cli/sites', 'cli/terminal'],
  'cli/doctor': ['base', 'problems', 'topology', 'database', 'agent/queries', 'local', 'cli/sites', 'cli/terminal'],
  'cli/commands': [
    'base', 'problems', 'api', 'topology', 'pki', 'bundle', 'web/contract', 'web/people', 'agent/', 'local/', 'operator/',
    'cli/terminal', 'cli/sites', 'cli/supervise', 'cli/doctor',
  ],
  'cli/program': ['base', 'api', 'local', 'cli/terminal', 'cli/commands'],
  cli: ['cli/terminal', 'cli/program'],
};

/** A regular expression for the files that a name stands for. */
const filesIn = (name) => (name.endsWith('/') ? `^src/${name}` : `^src/${name}/[^/]+$`);

const folders = Object.keys(LAYERS);
for (const [at, folder] of folders.entries()) {
  const later = folders.slice(at);
  const isLater = (name) => (name.endsWith('/') ? later.some((one) => one.startsWith(name)) : later.includes(name));
  for (const name of LAYERS[folder])
    if (isLater(name)) throw new Error(`.dependency-cruiser.mjs: ${folder} may import ${name}, which comes later`);
}

const direction = Object.entries(LAYERS).map(([folder, allowed]) => ({
  name: `imports of ${folder}`,
  comment: `src/${folder} imports what its entry in .dependency-cruiser.mjs does not name`,
  severity: 'error',
  from: { path: filesIn(folder) },
  to: { path: '^src/', pathNot: [folder, ...allowed].map(filesIn) },
}));

export default {
  forbidden: [
    ...direction,
    {
      name: 'folder without an entry',
      comment: 'Add the folder to the entries in .dependency-cruiser.mjs, with what it may import',
      severity: 'error',
      from: { path: '^src/', pathNot: folders.map(filesIn) },
      to: {},
    },
    {
      name: 'cycle of files',
      comment: 'Files import each other in a circle; type imports count',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'cycle of folders',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
    {
      name: 'development dependency',
      comment: 'Images have no development dependencies; vite bundles those of the page',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/web/ui/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'unresolvable import',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    // It counts type imports. TypeScript 7 has no API yet that could be asked instead.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
    },
  },
};
