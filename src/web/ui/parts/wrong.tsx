import type { OfficeTrouble } from '../../contract/common.ts';
import { sentence, troubleText } from '../lib/said.ts';
import { Icon } from './icon.tsx';

/** What is wrong at an office, and what to do. */
export function Wrong({ trouble }: { trouble: OfficeTrouble }) {
  const { reason, remedy, lang } = troubleText(trouble);
  return (
    <p class="notice is-bad">
      <Icon name="trouble" />
      <span lang={lang}>
        <b>{sentence(reason)}</b> {remedy !== '' && sentence(remedy)}
      </span>
    </p>
  );
}

/** Where there is room for what is wrong only. */
export function Reason({ of }: { of: OfficeTrouble }) {
  const { reason, lang } = troubleText(of);
  return <span lang={lang}>{reason}</span>;
}
