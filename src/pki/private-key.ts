import { createPrivateKey, createPublicKey } from 'node:crypto';
import { encodeString, WireReader } from './wire.ts';

const MAGIC = Buffer.from('openssh-key-v1\0');
const TYPE = 'ssh-ed25519';
/** What precedes the 32 bytes of an Ed25519 seed in PKCS #8 (RFC 8410 §7). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** What an OpenSSH private key file says about itself without its passphrase. */
export interface PrivateKey {
  /** As a public key blob. */
  publicKey: Buffer;
  /** It needs a passphrase. */
  encrypted: boolean;
}

/** Parses a private key in OpenSSH's own format (PROTOCOL.key); undefined when it is not one. */
export function parsePrivateKey(text: string): PrivateKey | undefined {
  return readKey(text, head);
}

/**
 * The public key of a private key without passphrase, as ssh-keygen -y prints it: computed from the secret part, whatever
 * the file says about it. Undefined for anything but a valid Ed25519 key: ssh-keygen then reports what is wrong.
 */
export function publicKeyOf(text: string): string | undefined {
  return readKey(text, (reader) => {
    const { isPlain, publicKey } = head(reader) ?? {};
    if (!isPlain) return undefined;
    const secret = new WireReader(reader.string());
    if (!reader.done || secret.uint32() !== secret.uint32() || !secret.skip(encodeString(Buffer.from(TYPE))))
      return undefined;
    const stated = secret.string();
    const seed = secret.string().subarray(0, 32);
    const comment = secret.string().toString('utf8');
    for (let padding = 1; !secret.done; padding++) if (!secret.skip(Buffer.of(padding))) return undefined;
    const raw = rawPublicKey(seed);
    const blob = Buffer.concat([encodeString(Buffer.from(TYPE)), encodeString(raw)]);
    if (!blob.equals(publicKey!) || !raw.equals(stated)) return undefined;
    return `${TYPE} ${blob.toString('base64')}${comment === '' ? '' : ` ${comment}`}`;
  });
}

function readKey<T>(text: string, read: (reader: WireReader) => T): T | undefined {
  const body = /^-----BEGIN OPENSSH PRIVATE KEY-----([\sA-Za-z0-9+/=]+)-----END OPENSSH PRIVATE KEY-----/.exec(text);
  if (!body) return undefined;
  try {
    return read(new WireReader(Buffer.from(body[1]!, 'base64')));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** `isPlain`: it holds a single, unencrypted key. */
function head(reader: WireReader): (PrivateKey & { isPlain: boolean }) | undefined {
  if (!reader.skip(MAGIC)) return undefined;
  const [cipher, derivation, options] = [reader.string(), reader.string(), reader.string()].map(String);
  const isOne = reader.uint32() === 1;
  const isPlain = isOne && cipher === 'none' && derivation === 'none' && options === '';
  return { isPlain, encrypted: cipher !== 'none', publicKey: reader.string() };
}

function rawPublicKey(seed: Buffer): Buffer {
  if (seed.length !== 32) throw new RangeError('no seed');
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' });
  return Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x!, 'base64url');
}
