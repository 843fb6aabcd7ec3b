/**
 * Does `work` for all members at once. Where that is refused it is done again in halves, until what is refused stands alone and
 * is handed to `refused`; everything else is done, in order. Errors that are no refusals are thrown, with the rest undone.
 */
export async function inHalves<T, R>(
  members: T[],
  work: (part: T[]) => Promise<R>,
  isRefusal: (error: unknown) => boolean,
  refused: (member: T, error: Error) => void,
): Promise<R[]> {
  try {
    return [await work(members)];
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (members.length <= 1) {
      for (const member of members) refused(member, error as Error);
      return [];
    }
  }
  const middle = Math.ceil(members.length / 2);
  const parts: R[] = [];
  for (const half of [members.slice(0, middle), members.slice(middle)])
    parts.push(...(await inHalves(half, work, isRefusal, refused)));
  return parts;
}
