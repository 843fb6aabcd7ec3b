import { basename, dirname, join, relative } from 'node:path';
import { BUNDLES } from './external.ts';
import { dir, PASSWD, ROSTER_FILES, secretItems } from './files.ts';
import type { ContainerName, SiteInput } from './input.ts';
import type { Json } from './json.ts';
import { metadataOf } from './labels.ts';
import { ROSTER } from './network-objects.ts';
import { fileClaim, STATE_FOLDER, stateClaim } from './storage.ts';

/** Readable by the fsGroup of the pod; ssh, sshd and rsyncd accept that because root owns the files. */
const SECRET_MODE = 0o440;

/** Volumes of the pod that do not come from claim templates. */
export function volumes(input: SiteInput, containers: ContainerName[]): Json[] {
  const [files, state] = [fileClaim(input), stateClaim(input)];
  const claim = (name: string, claimName: string): Json => ({ name, persistentVolumeClaim: { claimName } });
  return [
    {
      name: 'config',
      projected: {
        sources: [
          { configMap: { name: metadataOf(input, 'config').name } },
          { configMap: { name: ROSTER, items: ROSTER_FILES.map((key) => ({ key, path: key })) } },
        ],
      },
    },
    ...containers.map((container): Json => {
      const items = secretItems(container, input.plan.role);
      const { name: secretName } = metadataOf(input, 'keys');
      const name = `secrets-${container}`;
      const more = container === 'agent' ? pageSecrets(input) : [];
      if (more.length === 0) return { name, secret: { secretName, defaultMode: SECRET_MODE, items } };
      return {
        name,
        projected: { defaultMode: SECRET_MODE, sources: [{ secret: { name: secretName, items } }, ...more] },
      };
    }),
    ...(input.plan.role === 'hub' ? [bundlesVolume(input)] : []),
    { name: 'run', emptyDir: { sizeLimit: '16Mi' } },
    { name: 'tmp', emptyDir: { sizeLimit: '256Mi' } },
    ...(files === undefined ? [] : [claim('files', files)]),
    ...(state === undefined || state === files ? [] : [claim('state', state)]),
  ];
}

/** Every hub has it, so that its pod need not restart when the first external site joins. */
function bundlesVolume(input: SiteInput): Json {
  const { name: secretName } = metadataOf(input, BUNDLES);
  return { name: 'bundles', secret: { secretName, optional: true, defaultMode: SECRET_MODE } };
}

/** What users supply for the page. Optional: a missing Secret must not keep the site from syncing. */
function pageSecrets({ spec: { page } }: SiteInput): Json[] {
  const { users, certificate, key, oidcSecret, oidcAuthority } = dir.page;
  const below = (path: string) => relative(dirname(dir.secrets), path);
  const items = (...paths: string[]) => paths.map((path) => ({ key: basename(path), path: below(path) }));
  const source = (name: string | undefined, items: Json[]): Json[] =>
    name === undefined ? [] : [{ secret: { name, optional: true, items } }];
  return [
    ...source(page?.usersSecret, items(users)),
    ...source(page?.tlsSecret, items(certificate, key)),
    ...source(page?.oidc?.secretName, items(oidcSecret, oidcAuthority)),
  ];
}

/** What each container finds in the places of {@link siteDir}, and whether it may write. */
export function mounts(input: SiteInput, container: ContainerName): Json[] {
  const shared = fileClaim(input) !== undefined && stateClaim(input) === fileClaim(input);
  const state = { mountPath: dir.state, ...(shared ? { name: 'files', subPath: STATE_FOLDER } : { name: 'state' }) };
  // The page keeps its sessions and shares; the rest of the state belongs to the database.
  const page: Json[] = input.plan.page
    ? [{ ...state, mountPath: dir.page.state, subPath: join(shared ? STATE_FOLDER : '', basename(dir.page.state)) }]
    : [];
  const folders = { name: 'files', mountPath: dir.folders };
  const run = { name: 'run', mountPath: dir.run };
  const own: Record<ContainerName, Json[]> = {
    mysql: [state, { name: 'config', mountPath: '/etc/passwd', subPath: PASSWD, readOnly: true }],
    rsyncd: [
      { ...folders, readOnly: true },
      run,
      ...(input.plan.role === 'hub' ? [{ name: 'bundles', mountPath: dir.bundles.mount, readOnly: true }] : []),
    ],
    link: [run],
    sshd: [run],
    agent: [folders, { ...state, readOnly: true }, ...page, run],
  };
  return [
    { name: 'config', mountPath: dir.config, readOnly: true },
    { name: `secrets-${container}`, mountPath: dirname(dir.secrets), readOnly: true },
    { name: 'tmp', mountPath: '/tmp', subPath: container },
    ...own[container],
  ];
}
