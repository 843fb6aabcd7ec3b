import { Reader } from './wire.ts';

const MAGIC = Buffer.from('openssh-key-v1\0');

/** What a private key file of OpenSSH says of itself without being opened. */
export interface PrivateKey {
  /** As a public key blob. */
  publicKey: Buffer;
  /** It needs a passphrase. */
  encrypted: boolean;
}

/** Reads a private key in OpenSSH's own format (PROTOCOL.key); undefined when it is none. */
export function parsePrivateKey(text: string): PrivateKey | undefined {
  const body = /^-----BEGIN OPENSSH PRIVATE KEY-----([\sA-Za-z0-9+/=]+)-----END OPENSSH PRIVATE KEY-----/.exec(text);
  if (!body) return undefined;
  try {
    const reader = new Reader(Buffer.from(body[1]!, 'base64'));
    if (!reader.skip(MAGIC)) return undefined;
    const cipher = reader.string().toString('latin1');
    reader.string(); // name of the key derivation
    reader.string(); // its options
    reader.uint32(); // number of keys: always one
    return { publicKey: reader.string(), encrypted: cipher !== 'none' };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
