import { X509Certificate } from 'node:crypto';
import { parseCertificate } from '../../pki/certificate.ts';
import { sshFiles, trustFiles, type Validity } from '../../pki/keys.ts';
import type { SitePlan } from '../../topology/site-plan.ts';
import type { Files } from '../keys/scratch.ts';
import { sshKeys } from '../keys/ssh.ts';
import { LINK_FILES, linkKeysFault, tlsFault } from '../keys/supplied.ts';
import { CERTIFICATE, KEY, tlsKeys } from '../keys/tls.ts';
import type { Failure } from '../status/conditions.ts';
import { AUTHORITY, type Authorities } from './authorities.ts';
import type { SuppliedKeys, SuppliedSecret } from './supplied-secrets.ts';

/** When the first of these certificates expires (Unix ms). */
export function firstExpiry(keys: Pick<SiteKeys, 'expiries'> | undefined): number | undefined {
  return keys?.expiries.map(({ at }) => at).toSorted((a, b) => a - b)[0];
}

/** A site's keys and certificates: issued, supplied, or the present ones when neither is possible. */
export interface SiteKeys {
  keys: Files;
  tls: Files;
  /** A certificate of the authority that issued a supplied HTTPS certificate. */
  tlsRoot?: string;
  /** By kind of certificate, Unix ms. */
  expiries: { kind: 'user' | 'host' | 'https'; at: number }[];
  failure?: Failure;
}

export interface SiteKeysInput {
  plan: SitePlan;
  authorities: Authorities;
  supplied: SuppliedKeys;
  /** What the site's Secret holds now. */
  present: Files;
  validity: Validity;
}

export async function siteKeys(input: SiteKeysInput): Promise<SiteKeys> {
  // Nothing connects to the API of an external site: its hub reports for it.
  const https: Part = input.plan.external ? { files: {} } : await httpsKeys(input);
  const links = await linkKeys(input);
  const message = [links.fault, https.fault, input.authorities.failure?.message].filter(Boolean).join('. ');
  return {
    keys: links.files,
    tls: https.files,
    ...(https.root !== undefined && { tlsRoot: https.root }),
    expiries: [...linkExpiries(links.files), ...httpsExpiries(https.files)],
    ...(message && { failure: { reason: input.authorities.failure?.reason ?? 'SecretUnusable', message } }),
  };
}

interface Part {
  files: Files;
  root?: string;
  fault?: string;
}

async function linkKeys({ plan, authorities, supplied, present, validity }: SiteKeysInput): Promise<Part> {
  const { ssh, trust } = authorities;
  const trusted = trust === '' ? pick(present, Object.keys(trustFiles(''))) : trustFiles(trust);
  const wanted = LINK_FILES[plan.role];
  const kept = { ...pick(present, wanted), ...trusted };
  if (supplied.ssh) {
    const fault = faultIn(supplied.ssh, (files) => linkKeysFault(files, plan, trust, validity.now));
    if (fault) return { files: kept, fault: `Secret ${supplied.ssh.secret} of spec.keys.ssh: ${fault}` };
    return { files: { ...pick(filesIn(supplied.ssh), wanted), ...trusted } };
  }
  if (ssh.ca !== undefined) return { files: (await sshKeys(ssh, plan, kept, validity)).files };
  if (authorities.failure) return { files: kept };
  const fault = `Secret ${AUTHORITY} has no private key to sign with: set spec.keys.ssh to a Secret with certificates`;
  return { files: kept, fault };
}

async function httpsKeys({ plan, authorities, supplied, present, validity }: SiteKeysInput): Promise<Part> {
  const names = [`${plan.site}.${plan.network}.svc`, plan.site];
  const kept = pick(present, [CERTIFICATE, KEY]);
  let fault: string | undefined;
  if (supplied.tls) {
    fault = faultIn(supplied.tls, (files) => tlsFault(files, names[0]!, validity.now));
    const files = filesIn(supplied.tls);
    if (!fault) return { files: pick(files, [CERTIFICATE, KEY]), root: files['ca.crt']! };
    fault = `Secret ${supplied.tls.secret} of spec.keys.tls: ${fault}`;
  }
  const files =
    authorities.tls[KEY] === undefined ? kept : (await tlsKeys(authorities.tls, names, kept, validity)).files;
  return { files, ...(fault !== undefined && { fault }) };
}

const faultIn = (supplied: SuppliedSecret, look: (files: Files) => string | undefined) =>
  'failure' in supplied ? supplied.failure : look(supplied.files);
const filesIn = (supplied: SuppliedSecret): Files => ('files' in supplied ? supplied.files : {});

function pick(files: Files, names: string[]): Files {
  return Object.fromEntries(Object.entries(files).filter(([name]) => names.includes(name)));
}

function linkExpiries(files: Files): SiteKeys['expiries'] {
  const { userCertificate, hostCertificate } = sshFiles('');
  const kinds = [['user', userCertificate] as const, ['host', hostCertificate] as const];
  return kinds.flatMap(([kind, name]) => {
    const certificate = parseCertificate(files[name] ?? '');
    return certificate ? [{ kind, at: certificate.validUntil }] : [];
  });
}

function httpsExpiries({ [CERTIFICATE]: certificate }: Files): SiteKeys['expiries'] {
  if (certificate === undefined) return [];
  return [{ kind: 'https', at: Date.parse(new X509Certificate(certificate).validTo) }];
}
