import { useState } from 'preact/hooks';
import type { Network as NetworkAnswer } from '../../contract/network.ts';
import { useEvents } from '../lib/live.ts';
import { t } from '../lib/messages.ts';
import { useThrottled } from '../lib/throttle.ts';
import { useAnswer } from '../lib/use-answer.ts';
import { when } from '../messages/format.ts';
import { HeldBanner } from '../parts/held-banner.tsx';
import { NetworkMap } from '../parts/network-map.tsx';
import { OfficeCard } from '../parts/office-card.tsx';
import { Failed, Loading } from '../parts/states.tsx';
import { TimelineList } from '../parts/timeline-list.tsx';

const THROTTLE_MS = 500;

export function Network() {
  const { value, trouble, again } = useAnswer<NetworkAnswer>('/network');
  const [chosen, setChosen] = useState<string>();
  const soon = useThrottled(again, THROTTLE_MS);
  useEvents((event) => event.type !== 'changed' && soon(), []);
  if (trouble && !value) return <Failed trouble={trouble} again={again} />;
  if (!value) return <Loading />;
  const choose = (site: string) => setChosen(chosen === site ? undefined : site);
  return (
    <section class="page is-wide">
      <h1>{t.network.title}</h1>
      <p class="muted">{t.network.asOf(value.reporter, when(value.asOf))}</p>
      <HeldBanner />
      <NetworkMap network={value} chosen={chosen} choose={choose} />
      <ul class="offices-list">
        {value.offices
          .toSorted((a, b) => Number(isWell(a)) - Number(isWell(b)) || (a.name < b.name ? -1 : 1))
          .map((office) => (
            <OfficeCard
              key={office.name}
              office={office}
              isHere={office.name === value.reporter}
              open={chosen === office.name}
              choose={choose}
            />
          ))}
      </ul>
      <h2>{t.network.timeline}</h2>
      <TimelineList />
    </section>
  );
}

const isWell = ({ connected, inSync, troubles }: NetworkAnswer['offices'][number]) =>
  connected && inSync && troubles.length === 0;
