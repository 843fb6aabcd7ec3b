import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';

/** A sign-in that was sent to the provider and has not returned yet. */
const Transaction = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  /** Which provider and client: the settings may change in the meantime. */
  at: z.string(),
  /** Where the user wanted to go. */
  to: z.string(),
  /** Unix ms. */
  expires: z.number(),
});
type Transaction = z.infer<typeof Transaction>;

export interface Transactions {
  /** For a cookie; opaque to the browser. */
  seal(transaction: Omit<Transaction, 'expires'>): string;
  /** Accepts each one once, and only in time. */
  take(sealed: string, state: string): Transaction | undefined;
}

export const TRANSACTION_MS = 10 * 60_000;
/** How many used states are remembered. The provider accepts a code only once, too. */
const MAX_USED = 10_000;
const ALGORITHM = 'aes-256-gcm';

/**
 * Kept by the browsers, so that nobody can fill this machine with unfinished sign-ins. The key belongs to this process: a
 * restart cancels those in progress. `now`: Unix ms.
 */
export function createTransactions(now: () => number): Transactions {
  const key = randomBytes(32);
  const used = new Set<string>();
  return {
    seal(transaction) {
      const nonce = randomBytes(12);
      const cipher = createCipheriv(ALGORITHM, key, nonce);
      const text = JSON.stringify({ ...transaction, expires: now() + TRANSACTION_MS });
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url');
    },
    take(sealed, state) {
      const transaction = unseal(key, sealed);
      if (!transaction || transaction.expires <= now() || transaction.state !== state || used.has(state))
        return undefined;
      used.add(state);
      if (used.size > MAX_USED) used.delete(used.values().next().value!);
      return transaction;
    },
  };
}

function unseal(key: Buffer, sealed: string): Transaction | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  try {
    const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, 12), { authTagLength: 16 });
    decipher.setAuthTag(bytes.subarray(12, 28));
    const text = Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
    return Transaction.parse(JSON.parse(text));
  } catch {
    return undefined; // from another process, or forged
  }
}
