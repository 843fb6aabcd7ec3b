import type { Office } from '../../contract/network.ts';
import { t } from '../lib/messages.ts';
import { ago, bytes, duration, exactly, integer, rate } from '../messages/format.ts';
import { Lacks } from './lacks.tsx';
import { Wrong } from './wrong.tsx';

/** Smaller clock differences are harmless. */
const CLOCK_SECONDS = 5;

export type OfficeState = keyof typeof t.network.states;

export function stateOf({ connected, inSync, replicating, held, filesBehind }: Office): OfficeState {
  if (!connected) return 'away';
  if (!replicating) return 'stopped';
  if (!inSync && held > 0 && filesBehind === 0) return 'held';
  return inSync ? 'inSync' : 'behind';
}

function clockText(ahead: number): string {
  if (Math.abs(ahead) < CLOCK_SECONDS) return t.network.clockRight;
  return ahead > 0 ? t.network.clockAhead(duration(ahead)) : t.network.clockBehind(duration(-ahead));
}

interface Props {
  office: Office;
  isHere: boolean;
  open: boolean;
  choose: (site: string) => void;
}

/** The state of one office; expanded, also what it is missing. */
export function OfficeCard({ office, isHere, open, choose }: Props) {
  const {
    name,
    role,
    hub,
    connected,
    lagSeconds,
    filesBehind,
    bytesBehind,
    rowsBehind,
    more,
    expectedSeconds,
    lastContact,
    clockAheadSeconds,
    disk,
    agentVersion,
    troubles,
    held,
    damaged,
    verifiedAt,
  } = office;
  const state = stateOf(office);
  const isKnown = lastContact !== null;
  // What an unreachable office has confirmed is certain; what else it has or lacks nobody can know.
  const asKnown = (text: string) => (connected ? text : isKnown ? t.network.atContact(text) : t.network.unknown);
  const lacks =
    filesBehind === 0 ? asKnown(t.network.lacksNothing) : t.network.lacksText(filesBehind, more, bytes(bytesBehind));
  const facts: [string, string][] = [
    [t.network.lag, filesBehind === 0 && !connected ? t.network.unknown : duration(lagSeconds)],
    [
      t.network.lacks,
      expectedSeconds === null || filesBehind === 0
        ? lacks
        : `${lacks}, ${t.network.expected(duration(expectedSeconds))}`,
    ],
    [t.network.rate, connected ? rate(office.rate) : t.network.unknown],
    [
      t.network.contact,
      lastContact === null ? t.network.never : connected ? t.network.now : t.network.ago(ago(lastContact)),
    ],
    [t.network.database, rowsBehind === 0 ? asKnown(t.network.rowsAll) : t.network.rowsBehind(rowsBehind)],
    [t.network.clock, clockAheadSeconds === null ? t.network.unknown : clockText(clockAheadSeconds)],
    [t.network.disk, disk.size === 0 ? '?' : bytes(disk.free)],
    [t.network.verified, verifiedAt === null ? t.network.never : t.network.ago(ago(verifiedAt))],
    [t.network.version, agentVersion || '?'],
    ...(damaged > 0 ? [[t.network.damaged, integer(damaged)] satisfies [string, string]] : []),
    ...(held > 0 ? [[t.held.atOffice, integer(held)] satisfies [string, string]] : []),
  ];
  return (
    <li class={`office is-${state}`}>
      <h3>
        <button type="button" class="quiet" aria-expanded={open} onClick={() => choose(name)}>
          {name}
        </button>
        <span class={`chip is-${state}`}>{t.network.states[state]}</span>
        <small class="muted">
          {role === 'hub' ? t.network.hub : hub !== null && t.network.childOf(hub)}
          {isHere && ` · ${t.network.here}`}
        </small>
      </h3>
      <dl>
        {facts.map(([label, text]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd title={label === t.network.contact && lastContact !== null ? exactly(lastContact) : undefined}>
              {text}
            </dd>
          </div>
        ))}
      </dl>
      {troubles.map((trouble) => (
        <Wrong key={trouble.reason} trouble={trouble} />
      ))}
      {open && <Lacks site={name} />}
    </li>
  );
}
