import { held } from '../lib/held.ts';
import { t } from '../lib/messages.ts';
import { Icon } from './icon.tsx';

/** Says that changes wait for approval, in one folder or in all. Empty when there are none. */
export function HeldBanner({ folder }: { folder?: string }) {
  const some = (held.value ?? []).filter((one) => folder === undefined || one.folder === folder);
  const count = some.reduce((sum, { changes }) => sum + changes, 0);
  if (count === 0) return null;
  const names = some.map((one) => one.folder);
  return (
    <p class="notice is-warning" role="status">
      <Icon name="pause" />
      <span>
        {t.held.banner(count, names.join(', '))}{' '}
        <a href={names.length === 1 ? `/held/${names[0]}` : '/held'}>{t.held.look}</a>
      </span>
    </p>
  );
}
