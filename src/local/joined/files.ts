import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere, writeIfChanged } from '../../base/files.ts';
import { InvalidInput } from '../../base/invalid-input.ts';
import type { SiteSecrets } from '../../base/site-dir.ts';
import type { Bundle } from '../../bundle/bundle.ts';
import { formatBundle, parseBundle } from '../../bundle/file.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { DataDir } from '../data-dir.ts';
import { OWN_FILES, readNetwork, writeNetwork } from '../network-file.ts';
import { type ProvisionedSite, writeSite } from '../provision.ts';
import type { BundleFile } from './choose-bundle.ts';
import { instanceOf, type Joined, writeJoined } from './identity.ts';

/** Throws {@link InvalidInput} when the file cannot be read or is not a bundle. */
export function readBundleFile(file: string): BundleFile {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw new InvalidInput([
      { file, reason: `cannot be read (${code})`, remedy: 'Specify the file created by "sitesync bundle SITE"' },
    ]);
  }
  return { bundle: parseBundle(text, file), file };
}

/** The newest bundle that this data folder has. */
export function readPresent(data: DataDir): Bundle | undefined {
  const text = readIfThere(data.bundle);
  return text === undefined ? undefined : parseBundle(text, data.bundle);
}

/** Throws {@link InvalidInput} unless this directory is empty or holds a site that joined. Changes nothing. */
export function checkFolder(data: DataDir): void {
  const present = readNetwork(data);
  if (present && !present.joined) {
    const reason = `contains the network "${present.network}", which runs here from YAML files`;
    throw new InvalidInput([{ file: data.root, reason, remedy: 'Specify another folder with --data' }]);
  }
  if (!present && existsSync(data.root) && readdirSync(data.root).some((name) => !OWN_FILES.test(name))) {
    const reason = 'contains files that do not belong to SiteSync';
    throw new InvalidInput([{ file: data.root, reason, remedy: 'Specify an empty or new folder with --data' }]);
  }
}

/**
 * Writes everything that the site's processes read, except the plan. Its keys come from the bundle: there is no authority
 * here.
 */
export function writeJoinedSite(data: DataDir, bundle: Bundle, plan: SitePlan, joined: Joined): ProvisionedSite {
  const { site, network, engine } = plan;
  // The network's file comes before the data: after an interrupted start the folder shows whose it is.
  const ca = bundle.files['ca.pub'].split('\n')[0] ?? '';
  writeNetwork(data, { network, ca, engine, joined: true, sites: [site] });
  writeIfChanged(data.bundle, formatBundle(bundle), 0o600);
  writeJoined(data, joined);
  const { 'secrets.json': secrets, ...keys } = bundle.files;
  const provisioned = writeSite(data, plan, JSON.parse(secrets) as SiteSecrets);
  for (const [name, text] of Object.entries(keys)) writeIfChanged(join(provisioned.dir.keys, name), text);
  // Byte for byte as it was sent: the operator compares a hash of the text.
  writeIfChanged(provisioned.dir.secrets, secrets);
  writeIfChanged(provisioned.dir.instance, `${instanceOf(bundle, joined)}\n`, 0o644);
  return provisioned;
}
