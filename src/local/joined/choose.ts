import { InvalidInput } from '../../base/problem.ts';
import type { Bundle } from '../../bundle/bundle.ts';
import { parseCertificate } from '../../pki/certificate.ts';

/** A bundle and where it was read. */
export interface Given {
  bundle: Bundle;
  file: string;
}

/**
 * With which bundle a data folder goes on: the newer one of the same site. Throws {@link InvalidInput} when the given one is of another site
 * or network, or of keys that were replaced since. Pure.
 * @param present the newest that the folder has
 */
export function chooseBundle(present: Bundle | undefined, given: Given | undefined, folder: string): Bundle {
  if (!given) {
    if (present) return present;
    const reason = 'holds no site that has joined';
    throw new InvalidInput([{ file: folder, reason, remedy: 'Name a bundle: sitesync join FILE' }]);
  }
  const { bundle, file } = given;
  if (!present) return bundle;
  if (present.network !== bundle.network || present.site !== bundle.site) {
    const reason = `is of ${nameOf(bundle)}, and ${folder} holds ${nameOf(present)}`;
    throw new InvalidInput([{ file, reason, remedy: 'Name another folder with --data' }]);
  }
  if (present.renewal === bundle.renewal) return bundle.issue > present.issue ? bundle : present;
  if (!shareTrust(present, bundle)) {
    const reason = `is of another network that is called "${bundle.network}" too: it trusts none of the authorities that ${folder} does`;
    const remedy =
      'Name another folder with --data. If all keys of the network were replaced, move this one aside: files that are equal are not transferred again';
    throw new InvalidInput([{ file, reason, remedy }]);
  }
  if (bundle.madeAt > present.madeAt) return bundle;
  const reason = 'is of keys that were replaced since: this machine has newer ones';
  const remedy = `Remove it; "sitesync join" without a file goes on with the newer ones. If a clock was wrong and it is the newer one, move ${folder}/newest.bundle aside`;
  throw new InvalidInput([{ file, reason, remedy }]);
}

/** Throws {@link InvalidInput} when no hub would let it in any more. */
export function checkAlive({ files, site, network }: Bundle, file: string, now: number): void {
  const certificate = parseCertificate(files['user_key-cert.pub']);
  if (certificate && certificate.validUntil > now) return;
  const ended = certificate
    ? `has expired on ${new Date(certificate.validUntil).toISOString().slice(0, 10)}`
    : 'has no certificate';
  const remedy = `Make a new one: npx sitesync bundle ${site} -n ${network} > ${site}.bundle`;
  throw new InvalidInput([{ file, reason: ended, remedy }]);
}

const nameOf = ({ network, site }: Bundle) => `the site "${site}" of the network "${network}"`;

function shareTrust(a: Bundle, b: Bundle): boolean {
  const keys = ({ files }: Bundle) => files['ca.pub'].split('\n').filter(Boolean);
  return keys(a).some((key) => keys(b).includes(key));
}
