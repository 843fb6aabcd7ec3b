/**
 * Runs `work` on all members at once. If that is refused, bisects until the refused members stand alone and are passed to
 * `refused`, which is awaited; all others are processed, in order. Errors other than refusals are thrown, and the rest is not processed.
 */
export async function bisect<T, R>(
  members: T[],
  work: (part: T[]) => Promise<R>,
  isRefusal: (error: unknown) => boolean,
  refused: (member: T, error: Error) => unknown,
): Promise<R[]> {
  try {
    return [await work(members)];
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (members.length <= 1) {
      for (const member of members) await refused(member, error as Error);
      return [];
    }
  }
  const middle = Math.ceil(members.length / 2);
  const parts: R[] = [];
  for (const half of [members.slice(0, middle), members.slice(middle)])
    parts.push(...(await bisect(half, work, isRefusal, refused)));
  return parts;
}
