import type { Share, Shares as SharesAnswer } from '../../contract/shares.ts';
import { remove } from '../lib/api.ts';
import { t } from '../lib/messages.ts';
import { toDirectory, toEntry } from '../lib/route.ts';
import { showError, showToast } from '../lib/state.ts';
import { useAnswer } from '../lib/use-answer.ts';
import { exactly, when } from '../messages/format.ts';
import { Icon } from '../parts/icon.tsx';
import { Empty, Failed, Loading } from '../parts/states.tsx';

export function Shares() {
  const { value, trouble, again } = useAnswer<SharesAnswer>('/shares');
  if (trouble && !value) return <Failed trouble={trouble} again={again} />;
  if (!value) return <Loading />;
  if (value.shares.length === 0)
    return (
      <Empty icon="share" title={t.shares.none}>
        {t.shares.noneHint}
      </Empty>
    );
  const revoke = async ({ id }: Share) => {
    try {
      await remove(`/shares/${id}`);
      showToast(t.shares.revoked);
      again();
    } catch (error) {
      showError(error);
    }
  };
  return (
    <section class="page">
      <h1>{t.shares.title}</h1>
      <ul class="list is-shares">
        {value.shares.map((share) => (
          <li key={share.id}>
            <Icon name={share.kind === 'drop' ? 'upload' : 'download'} />
            <span>
              <a href={share.path === '' ? toDirectory(share.folder, '') : toEntry(share.folder, share.path)}>
                {share.folder} / <bdi>{share.name}</bdi>
              </a>
              <small class="muted">
                {t.shares.kinds[share.kind]} · {t.shares.by(share.by)} · {t.shares.uses(share.uses)}
                {share.password && ` · ${t.shares.protected}`}
              </small>
            </span>
            <small title={exactly(share.expires)}>
              {Date.parse(share.expires) < Date.now() ? t.shares.expired : t.shares.expires(when(share.expires))}
            </small>
            <button type="button" onClick={() => revoke(share)} aria-label={`${t.shares.revoke} ${share.name}`}>
              {t.shares.revoke}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
