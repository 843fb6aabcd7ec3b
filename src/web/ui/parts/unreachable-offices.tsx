import type { UnreachableOffice as AwayOffice } from '../../contract/common.ts';
import { t } from '../lib/messages.ts';
import { exactly, when } from '../messages/format.ts';
import { Icon } from './icon.tsx';

/** Says which offices cannot be reached, and as of when they are shown. Empty when all can. */
export function UnreachableOffices({ offices }: { offices: AwayOffice[] }) {
  if (offices.length === 0) return null;
  return (
    <p class="notice is-warning is-away" role="status">
      <Icon name="trouble" />
      <span>
        {t.away.noContact}{' '}
        {offices.map(({ site, lastContact }, i) => (
          <span key={site} title={lastContact === null ? undefined : exactly(lastContact)}>
            {i > 0 && ', '}
            {lastContact === null ? t.away.never(site) : t.away.since(site, when(lastContact))}
          </span>
        ))}
        {'. '}
        {t.away.asOf}
      </span>
    </p>
  );
}
