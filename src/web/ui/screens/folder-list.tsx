import type { Folders } from '../../contract/browse.ts';
import { t } from '../lib/messages.ts';
import { useAnswer } from '../lib/use-answer.ts';
import { HeldBanner } from '../parts/held-banner.tsx';
import { Icon } from '../parts/icon.tsx';
import { Empty, Failed, Loading } from '../parts/states.tsx';
import { Reason } from '../parts/wrong.tsx';

export function FolderList() {
  const { value, trouble, again } = useAnswer<Folders>('/folders');
  if (trouble) return <Failed trouble={trouble} again={again} />;
  if (!value) return <Loading />;
  if (value.folders.length === 0)
    return (
      <Empty icon="dir" title={t.folders.none}>
        {t.folders.noneHint}
      </Empty>
    );
  return (
    <section class="page">
      <h1>{t.folders.title}</h1>
      <HeldBanner />
      <ul class="cards">
        {value.folders.map(({ name, mode, sites, trouble }) => (
          <li key={name}>
            <a class="card" href={`/f/${name}`}>
              <Icon name="dir" />
              <span>
                <b>{name}</b>
                <small>{trouble ? <Reason of={trouble} /> : t.folders.modes[mode]}</small>
                <small class="muted">{sites.join(' · ')}</small>
              </span>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );
}
