import { createHash } from 'node:crypto';
import { encodeString, WireReader } from './wire.ts';

/** The relevant fields of an OpenSSH certificate of an Ed25519 key. */
export interface Certificate {
  type: 'user' | 'host';
  /** The certified key, as a public key blob. */
  publicKey: Buffer;
  keyId: string;
  principals: string[];
  /** Unix ms. */
  validUntil: number;
  criticalOptions: string[];
  extensions: string[];
  /** The public key blob of the CA that signed it. The signature is verified by sshd and ssh, not here. */
  authority: Buffer;
}

const CERTIFICATE = 'ssh-ed25519-cert-v01@openssh.com';

/** The key blob of a line as in `*.pub` files: "type base64 comment". */
export function publicKeyBlob(line: string): Buffer {
  return Buffer.from(line.trim().split(/\s+/)[1] ?? '', 'base64');
}

/** As ssh-keygen -l prints it: "SHA256:…". */
export function fingerprint(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}

/** Parses a `*-cert.pub` line; undefined when it is corrupt or not an Ed25519 certificate. */
export function parseCertificate(line: string): Certificate | undefined {
  try {
    return readCertificate(new WireReader(publicKeyBlob(line)));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Field order: PROTOCOL.certkeys, "ED25519 certificate". */
function readCertificate(reader: WireReader): Certificate | undefined {
  if (reader.string().toString('latin1') !== CERTIFICATE) return undefined;
  reader.string(); // nonce
  const key = reader.string();
  reader.uint64(); // serial
  const type = reader.uint32() === 1 ? 'user' : 'host';
  const keyId = reader.string().toString();
  const principals = strings(reader.string());
  reader.uint64(); // valid after
  const validUntil = Math.min(Number(reader.uint64()) * 1000, Number.MAX_SAFE_INTEGER);
  const criticalOptions = names(reader.string());
  const extensions = names(reader.string());
  reader.string(); // reserved
  const authority = reader.string();
  const publicKey = Buffer.concat([encodeString(Buffer.from('ssh-ed25519')), encodeString(key)]);
  return { type, publicKey, keyId, principals, validUntil, criticalOptions, extensions, authority };
}

function strings(bytes: Buffer): string[] {
  const reader = new WireReader(bytes);
  const list: string[] = [];
  while (!reader.done) list.push(reader.string().toString());
  return list;
}

/** Options and extensions are pairs of name and data. */
const names = (bytes: Buffer) => strings(bytes).filter((_, i) => i % 2 === 0);
