import { type Document, isMap, isNode, isScalar, isSeq, type LineCounter, type Node } from 'yaml';

/** The 1-based line of a field, or of the nearest enclosing one if the field is absent. */
export function lineOf(document: Document.Parsed, path: PropertyKey[], lines: LineCounter): number | undefined {
  let node: unknown = document.contents;
  let at = startOf(node);
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (!pair) break;
      at = startOf(pair.key) ?? at;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(part)];
      at = startOf(node) ?? at;
    } else break;
  }
  return at === undefined ? undefined : lines.linePos(at).line;
}

const startOf = (node: unknown): number | undefined => (isNode(node) ? (node as Node).range?.[0] : undefined);
