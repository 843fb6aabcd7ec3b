import bcrypt from 'bcrypt';

/** Each step doubles the time: 14 takes a second of CPU time, and the client is not authenticated yet. */
const MAX_COST = 14;
const HASH = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

/** Hashes from other programs, for example `htpasswd -B`. New ones are argon2id. */
export function isBcryptHash(hash: string): boolean {
  const cost = Number(HASH.exec(hash)?.[1]);
  return cost >= 4 && cost <= MAX_COST;
}

/** As always with bcrypt, only the first 72 bytes count. */
export function checkBcrypt(password: string, hash: string): Promise<boolean> {
  // PHP and Apache write 2y for what the others call 2b; the algorithm is the same.
  return bcrypt.compare(password, hash.replace(/^\$2y/, '$2b'));
}
