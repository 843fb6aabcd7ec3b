import { argon2, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { checkBcrypt, isBcryptHash } from './bcrypt.ts';

const derive = promisify(argon2);

/** OWASP's first choice for argon2id: 19 MiB, two passes. */
const MEMORY_KIB = 19_456;
const PASSES = 2;
const TAG = 32;
/** The maximum cost of a hash from a file. */
const MAX_MEMORY_KIB = 262_144;
const MAX_PASSES = 10;

/** argon2id, as a PHC string that other programs read and write too. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16);
  const tag = await run(password, { nonce, memory: MEMORY_KIB, passes: PASSES, parallelism: 1, tagLength: TAG });
  return `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=1$${base64(nonce)}$${base64(tag)}`;
}

/** Also false for a hash that cannot be parsed: see {@link isPasswordHash}. */
export async function checkPassword(password: string, hash: string): Promise<boolean> {
  if (isBcryptHash(hash)) return checkBcrypt(password, hash);
  const parsed = parse(hash);
  if (!parsed) return false;
  const { tag, ...parameters } = parsed;
  return timingSafeEqual(await run(password, { ...parameters, tagLength: tag.length }), tag);
}

/** argon2id or bcrypt, and not too expensive for this machine. */
export function isPasswordHash(hash: string): boolean {
  return isBcryptHash(hash) || parse(hash) !== undefined;
}

/** Without characters that look alike. */
const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';
const LENGTH = 20;

/** A random password of 100 bits that can be read out over the phone. */
export function makePassword(): string {
  return Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('');
}

interface Parameters {
  nonce: Buffer;
  memory: number;
  passes: number;
  parallelism: number;
  tagLength: number;
}

const run = (password: string, parameters: Parameters): Promise<Buffer> =>
  derive('argon2id', { message: Buffer.from(password.normalize('NFC'), 'utf8'), ...parameters });

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/;

function parse(hash: string) {
  const match = PHC.exec(hash);
  if (!match) return undefined;
  const [memory, passes, parallelism] = match.slice(1, 4).map(Number) as [number, number, number];
  if (parallelism < 1 || passes < 1 || passes > MAX_PASSES) return undefined;
  if (memory < 8 * parallelism || memory > MAX_MEMORY_KIB) return undefined;
  return {
    memory,
    passes,
    parallelism,
    nonce: Buffer.from(match[4]!, 'base64'),
    tag: Buffer.from(match[5]!, 'base64'),
  };
}

const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
