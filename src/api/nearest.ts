/** Every field name that a person may write. */
const FIELDS = [
  'apiVersion kind metadata spec name namespace labels annotations storage size claimName path hubs address link up down',
  'placement nodeSelector kubeconfigSecret external listen selector matchLabels sites mode versions keep maxAge maxSize freshness target ignore',
]
  .join(' ')
  .split(' ');

/** The field that somebody who wrote `word` probably meant: at most two letters away. */
export function nearest(word: string): string | undefined {
  const ranked = FIELDS.map((field) => ({ field, distance: distance(word.toLowerCase(), field.toLowerCase()) })).sort(
    (a, b) => a.distance - b.distance,
  );
  const best = ranked[0]!;
  return best.distance <= 2 && best.distance < word.length ? best.field : undefined;
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + Number(a[i - 1] !== b[j - 1])));
    }
    row = next;
  }
  return row[b.length]!;
}
