import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Bundle } from './bundle.ts';

const WORD = 'sitesync-sealed-1';
const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MAX_BYTES = 16 * 2 ** 20;

/** Whose bundle it is, and the key that only the operator and that site know. */
export type SealKey = Pick<Bundle, 'network' | 'site' | 'renewal'>;

/**
 * Encrypts a bundle for its way through a hub, which can neither read nor change it, nor pass off another site's bundle as
 * this one's. The nonce is derived from the content, so the same bundle gives the same text and causes no write; different
 * bundles never share a nonce, because each has its own issue number.
 */
export function seal(bundle: Bundle): string {
  const { encryption, nonces } = keysOf(bundle);
  const plain = gzipSync(JSON.stringify(bundle));
  const nonce = createHmac('sha256', nonces).update(plain).digest().subarray(0, NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, encryption, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(about(bundle));
  const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return `${WORD} ${sealed.toString('base64')}\n`;
}

/** Throws when it was not sealed for this site by its operator, or was changed since. */
export function unseal(text: string, whose: SealKey): Bundle {
  const [word, base64 = ''] = text.trim().split(' ');
  if (word !== WORD)
    throw new Error(
      'it is sealed in a format that this SiteSync does not support: install the version of the operator',
    );
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error('it is truncated');
  const nonce = bytes.subarray(0, NONCE_BYTES);
  const decipher = createDecipheriv(CIPHER, keysOf(whose).encryption, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(about(whose));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  const plain = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
  const json = gunzipSync(plain, { maxOutputLength: MAX_BYTES }).toString('utf8');
  const bundle = Bundle.parse(JSON.parse(json));
  if (bundle.network !== whose.network || bundle.site !== whose.site) throw new Error('it belongs to another site');
  return bundle;
}

const about = ({ network, site }: SealKey) => Buffer.from(JSON.stringify([WORD, network, site]));

function keysOf({ renewal }: SealKey): { encryption: Buffer; nonces: Buffer } {
  const derive = (use: string) => Buffer.from(hkdfSync('sha256', Buffer.from(renewal, 'base64'), '', use, 32));
  return { encryption: derive('encryption'), nonces: derive('nonces') };
}
