import { InvalidInput } from '../../base/invalid-input.ts';
import type { Bundle } from '../../bundle/bundle.ts';
import { parseCertificate } from '../../pki/certificate.ts';

/** A bundle and where it was read from. */
export interface BundleFile {
  bundle: Bundle;
  file: string;
}

/**
 * Which bundle a data folder continues with: the newer one of the same site. Throws {@link InvalidInput} when the given one
 * is of another site or network, or has keys that were replaced since. Pure.
 * @param present the newest that the folder has
 */
export function chooseBundle(present: Bundle | undefined, given: BundleFile | undefined, folder: string): Bundle {
  if (!given) {
    if (present) return present;
    const reason = 'contains no site that has joined';
    throw new InvalidInput([{ file: folder, reason, remedy: 'Specify a bundle: sitesync join FILE' }]);
  }
  const { bundle, file } = given;
  if (!present) return bundle;
  if (present.network !== bundle.network || present.site !== bundle.site) {
    const reason = `is for ${nameOf(bundle)}, but ${folder} contains ${nameOf(present)}`;
    throw new InvalidInput([{ file, reason, remedy: 'Specify another folder with --data' }]);
  }
  if (present.renewal === bundle.renewal) return bundle.issue > present.issue ? bundle : present;
  if (!shareTrust(present, bundle)) {
    const reason = `is for another network also called "${bundle.network}": it trusts none of the authorities that ${folder} trusts`;
    const remedy =
      'Specify another folder with --data. If all keys of the network were replaced, move this one aside: identical files are not transferred again';
    throw new InvalidInput([{ file, reason, remedy }]);
  }
  if (bundle.madeAt > present.madeAt) return bundle;
  const reason = 'contains keys that have since been replaced: this machine has newer ones';
  const remedy = `Delete it; "sitesync join" without a file uses the newer ones. If a clock was wrong and this bundle is newer, move ${folder}/newest.bundle aside`;
  throw new InvalidInput([{ file, reason, remedy }]);
}

/** Throws {@link InvalidInput} when no hub would accept it any more. */
export function checkAlive({ files, site, network }: Bundle, file: string, now: number): void {
  const certificate = parseCertificate(files['user_key-cert.pub']);
  if (certificate && certificate.validUntil > now) return;
  const ended = certificate
    ? `expired on ${new Date(certificate.validUntil).toISOString().slice(0, 10)}`
    : 'has no certificate';
  const remedy = `Create a new one: npx sitesync bundle ${site} -n ${network} > ${site}.bundle`;
  throw new InvalidInput([{ file, reason: ended, remedy }]);
}

const nameOf = ({ network, site }: Bundle) => `the site "${site}" of the network "${network}"`;

function shareTrust(a: Bundle, b: Bundle): boolean {
  const keys = ({ files }: Bundle) => files['ca.pub'].split('\n').filter(Boolean);
  return keys(a).some((key) => keys(b).includes(key));
}
