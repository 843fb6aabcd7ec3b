import { held } from '../lib/held.ts';
import { t } from '../lib/messages.ts';
import { Icon } from './icon.tsx';

/** Says calmly that changes wait for a person: of one folder, or of all. Nothing where none do. */
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
