import { useState } from 'preact/hooks';
import type { Folders } from '../../contract/browse.ts';
import type { Conflict, Conflicts as ConflictsAnswer, Resolve } from '../../contract/versions.ts';
import { address, post } from '../lib/api.ts';
import { useEvents } from '../lib/live.ts';
import { t } from '../lib/messages.ts';
import { extensionOf, isImage } from '../lib/names.ts';
import { toEntry } from '../lib/route.ts';
import { showError, showToast } from '../lib/state.ts';
import { useThrottled } from '../lib/throttle.ts';
import { useAnswer } from '../lib/use-answer.ts';
import { usePages } from '../lib/use-pages.ts';
import { when } from '../messages/format.ts';
import { Compared } from '../parts/compared.tsx';
import { Side } from '../parts/side.tsx';
import { Empty, Failed, Loading } from '../parts/states.tsx';

const THROTTLE_MS = 500;

export function Conflicts() {
  const { items, next, trouble, complete, again, follow } = usePages<ConflictsAnswer['conflicts'][number]>(
    '/conflicts',
    'conflicts',
  );
  const folders = useAnswer<Folders>('/folders').value?.folders;
  const soon = useThrottled(again, THROTTLE_MS);
  useEvents((event) => event.type !== 'network' && soon(), []);
  if (trouble) return <Failed trouble={trouble} again={again} />;
  if (!complete) return <Loading />;
  if (items.length === 0)
    return (
      <Empty icon="conflict" title={t.conflicts.none}>
        {t.conflicts.noneHint}
      </Empty>
    );
  return (
    <section class="page is-wide">
      <h1>{t.conflicts.title}</h1>
      <ul class="conflicts">
        {items.map((conflict) => (
          <One
            key={`${conflict.folder} ${conflict.copy}`}
            conflict={conflict}
            mayDecide={folders?.find(({ name }) => name === conflict.folder)?.writable === true}
            again={again}
          />
        ))}
      </ul>
      {next !== null && (
        <button type="button" onClick={follow}>
          {t.more}
        </button>
      )}
    </section>
  );
}

function One({ conflict, mayDecide, again }: { conflict: Conflict; mayDecide: boolean; again: () => void }) {
  const { folder, path, name, winner, losing, copy, copyVersion, site, at, sides: now } = conflict;
  const [compared, setCompared] = useState(false);
  const keep = async (what: Resolve['keep']) => {
    try {
      await post(`/folders/${folder}/resolutions`, { path, copy, copyVersion, keep: what });
      showToast(t.conflicts.settled);
      again();
    } catch (error) {
      showError(error);
    }
  };
  const sides = [
    { title: t.conflicts.winner, facts: now.winner, keep: 'winner' as const, button: t.conflicts.keepWinner },
    { title: t.conflicts.loser, facts: now.loser, keep: 'loser' as const, button: t.conflicts.keepLoser },
  ];
  return (
    <li>
      <h2>
        <a href={toEntry(folder, path, 'versions')}>
          {folder} / <bdi>{name}</bdi>
        </a>
      </h2>
      <p class="muted">{t.conflicts.about(site, when(at))}</p>
      <div class="sides">
        {sides.map((side) => (
          <Side key={side.keep} folder={folder} path={side.facts.path} title={side.title} facts={side.facts}>
            <p>
              <a href={toEntry(folder, side.facts.path)}>
                <bdi>{side.facts.name}</bdi>
              </a>
            </p>
            <p class="buttons">
              <a class="button" href={address(`/folders/${folder}/file`, { path: side.facts.path })} download>
                {t.browse.download}
              </a>
              {mayDecide && (
                <button type="button" onClick={() => keep(side.keep)}>
                  {side.button}
                </button>
              )}
            </p>
          </Side>
        ))}
      </div>
      <p class="buttons">
        {!isImage(path) && extensionOf(path) !== 'pdf' && (
          <button type="button" aria-expanded={compared} onClick={() => setCompared(!compared)}>
            {t.conflicts.compare}
          </button>
        )}
        {mayDecide && (
          <button type="button" title={t.conflicts.bothHint} onClick={() => keep('both')}>
            {t.conflicts.keepBoth}
          </button>
        )}
      </p>
      {compared && <Compared folder={folder} path={path} from={losing} to={winner} close={() => setCompared(false)} />}
    </li>
  );
}
