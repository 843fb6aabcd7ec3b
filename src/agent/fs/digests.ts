const SLOT = 32;
const KEY = 16;

/**
 * Digests of a folder's directories as a pass last found them agreed: 16-byte key → 16-byte digest, in a single array that
 * is passed between threads as it is. 100,000 directories take 8 MB; a Map of strings would take 40.
 */
export interface Digests {
  /** Slots of key and digest, a power of two of them, at most half full; a free slot is all zeros. */
  slots: Uint8Array;
  size: number;
}

export function createDigests(): Digests {
  return { slots: new Uint8Array(1024 * SLOT), size: 0 };
}

/** @param key 16 evenly distributed bytes: {@link pathKey} of the directory */
export function putDigest(digests: Digests, key: Uint8Array, digest: Uint8Array): void {
  if (digests.size * SLOT * 2 >= digests.slots.length) grow(digests);
  const at = slotOf(digests.slots, key);
  if (isFree(digests.slots, at)) digests.size++;
  digests.slots.set(key, at);
  digests.slots.set(digest, at + KEY);
}

export function hasDigest({ slots }: Digests, key: Uint8Array, digest: Uint8Array): boolean {
  const at = slotOf(slots, key);
  return !isFree(slots, at) && equal(slots, at + KEY, digest);
}

/** The slot of the key, or the one where it would be inserted. */
function slotOf(slots: Uint8Array, key: Uint8Array): number {
  let at = ((key[0]! + key[1]! * 2 ** 8 + key[2]! * 2 ** 16 + key[3]! * 2 ** 24) * SLOT) % slots.length;
  while (!isFree(slots, at) && !equal(slots, at, key)) at = (at + SLOT) % slots.length;
  return at;
}

function isFree(slots: Uint8Array, at: number): boolean {
  for (let i = 0; i < KEY; i++) if (slots[at + i] !== 0) return false;
  return true;
}

function equal(slots: Uint8Array, at: number, bytes: Uint8Array): boolean {
  for (let i = 0; i < KEY; i++) if (slots[at + i] !== bytes[i]) return false;
  return true;
}

function grow(digests: Digests): void {
  const { slots } = digests;
  digests.slots = new Uint8Array(slots.length * 2);
  digests.size = 0;
  for (let at = 0; at < slots.length; at += SLOT) {
    if (!isFree(slots, at)) putDigest(digests, slots.subarray(at, at + KEY), slots.subarray(at + KEY, at + SLOT));
  }
}
