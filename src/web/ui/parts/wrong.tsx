import type { OfficeProblem } from '../../contract/common.ts';
import { officeProblemText, sentence } from '../lib/said.ts';
import { Icon } from './icon.tsx';

/** What is wrong at an office, and what to do. */
export function Wrong({ trouble }: { trouble: OfficeProblem }) {
  const { reason, remedy, lang } = officeProblemText(trouble);
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
export function Reason({ of }: { of: OfficeProblem }) {
  const { reason, lang } = officeProblemText(of);
  return <span lang={lang}>{reason}</span>;
}
