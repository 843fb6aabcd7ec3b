import type { AuditLog } from '../../contract/audit.ts';
import { t } from '../lib/messages.ts';
import { showName } from '../lib/names.ts';
import { usePages } from '../lib/use-pages.ts';
import { exactly, when } from '../messages/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Empty, Failed, Loading } from '../parts/states.tsx';

/** Who signed in and shared, and who tried to: for admins. */
export function Audit() {
  const { items, next, trouble, complete, again, follow } = usePages<AuditLog['records'][number]>('/audit', 'records');
  if (trouble && items.length === 0) return <Failed trouble={trouble} again={again} />;
  if (!complete) return <Loading />;
  return (
    <section class="page">
      <h1>{t.audit.title}</h1>
      <p class="muted">{t.audit.hint}</p>
      {items.length === 0 && <Empty icon="users" title={t.audit.none} />}
      <ul class="list">
        {items.map(({ at, what, user, address, folder, path }, i) => (
          <li key={`${at} ${i}`}>
            <Icon
              name={what === 'signInFailed' || what === 'signInRefused' || what === 'linkRefused' ? 'trouble' : 'users'}
            />
            <span>
              <b>
                <bdi>{user}</bdi>
              </b>{' '}
              {t.audit.what[what]}
              <small class="muted">
                {folder !== undefined && <bdi>{showName(path ? `${folder}/${path}` : folder)} · </bdi>}
                {address}
              </small>
            </span>
            <time dateTime={at} title={exactly(at)}>
              {when(at)}
            </time>
          </li>
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
