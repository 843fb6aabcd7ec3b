/**
 * GTID positions of a hub, which logs every row that it receives. A position is `domain-server-number, …`, one entry per
 * domain. MariaDB counts an event as received even when a filter dropped it: a child that numbers its own rows in another
 * domain moves that domain's position ahead, and the genuine rows that follow are skipped as already received (measured on
 * 10.11).
 */
type Position = Map<string, { number: number; entry: string }>;

function parse(position: string): Position {
  const entries = position.split(',').filter(Boolean);
  return new Map(
    entries.map((entry) => {
      const [domain, , number] = entry.trim().split('-');
      return [domain!, { number: Number(number), entry: entry.trim() }];
    }),
  );
}

/** Domains in which more counts as received than was ever logged, with the forged entry. */
export function forgedDomains(received: string, logged: string): Map<string, string> {
  const known = parse(logged);
  const forged = [...parse(received)].filter(([domain, { number }]) => number > (known.get(domain)?.number ?? 0));
  return new Map(forged.map(([domain, { entry }]) => [domain, entry]));
}

/** The position with these domains reset to what was logged. */
export function setBack(received: string, logged: string, domains: Iterable<string>): string {
  const known = parse(logged);
  const back = new Set(domains);
  return [...parse(received)]
    .flatMap(([domain, { entry }]) => (back.has(domain) ? (known.get(domain)?.entry ?? []) : entry))
    .join(',');
}

/** A channel: the domain to which its peer is confined, '' at a hub, and the position up to which it has read. */
export interface ReadChannel {
  peer: string;
  own: string;
  read: string;
}

/**
 * Who forged what, of entries from {@link forgedDomains}. What a channel has read includes the position at which it began,
 * so it may name an entry of another site that came from that site. So a child is blamed only for an entry that no channel
 * which may deliver the domain has reached. Pure.
 * @returns `liars` by forged domain, and `doubtful`: the domains to be read again, because some of what counts as received
 * may have been skipped. What only its own child has read is not among them: a transaction that changes nothing here is
 * not logged either
 */
export function judgeForged(
  channels: ReadChannel[],
  forged: Map<string, string>,
): { liars: Map<string, string[]>; doubtful: string[] } {
  const liars = new Map<string, string[]>();
  const doubtful: string[] = [];
  for (const [domain, entry] of forged) {
    const claiming = channels.filter(({ own, read }) => own !== '' && parse(read).get(domain)?.entry === entry);
    if (claiming.length > 0 && claiming.every(({ own }) => own === domain)) continue;
    doubtful.push(domain);
    const number = numberIn(entry, Number(domain));
    const isGenuine = channels.some(
      ({ own, read }) => (own === domain || own === '') && numberIn(read, Number(domain)) >= number,
    );
    if (!isGenuine && claiming.length > 0)
      liars.set(
        domain,
        claiming.map(({ peer }) => peer),
      );
  }
  return { liars, doubtful };
}

/** The later of two positions, per domain. */
export function laterOf(here: string, there: string): string {
  const position = parse(here);
  for (const [domain, theirs] of parse(there)) {
    if (theirs.number > (position.get(domain)?.number ?? 0)) position.set(domain, theirs);
  }
  return [...position.values()].map(({ entry }) => entry).join(',');
}

/** The entries of a position that a channel may deliver: those of one domain only, or of all but one. */
export function allowedOf(position: string, domains: { only: number } | { except: number }): string {
  const isAllowed = (domain: string) =>
    'only' in domains ? domain === String(domains.only) : domain !== String(domains.except);
  return [...parse(position)].flatMap(([domain, { entry }]) => (isAllowed(domain) ? entry : [])).join(',');
}

/** The last transaction of each domain in which one position is ahead of another. */
export function aheadOf(there: string, here: string): { domain: number; server: number; number: number }[] {
  const known = parse(here);
  return [...parse(there)]
    .filter(([domain, { number }]) => number > (known.get(domain)?.number ?? 0))
    .map(([domain, { number, entry }]) => ({ domain: Number(domain), server: Number(entry.split('-')[1]), number }));
}

/** The number of a domain in a position; 0 if it has none. */
export function numberIn(position: string, domain: number): number {
  return parse(position).get(String(domain))?.number ?? 0;
}
