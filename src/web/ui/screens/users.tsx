import type { Users as UsersAnswer } from '../../contract/session.ts';
import { t } from '../lib/messages.ts';
import { useAnswer } from '../lib/use-answer.ts';
import { Icon } from '../parts/icon.tsx';
import { Failed, Loading } from '../parts/states.tsx';

export function Users() {
  const { value, trouble, again } = useAnswer<UsersAnswer>('/users');
  if (trouble) return <Failed trouble={trouble} again={again} />;
  if (!value) return <Loading />;
  return (
    <section class="page">
      <h1>{t.users.title}</h1>
      <p class="muted">{t.users.hint}</p>
      <ul class="list">
        {value.users.map(({ name, admin, folders }) => (
          <li key={name}>
            <Icon name="users" />
            <span>
              <b>{name}</b>
              <small class="muted">
                {admin
                  ? t.users.admin
                  : Object.entries(folders)
                      .map(([folder, role]) => `${folder}: ${t.users.roles[role]}`)
                      .join(' · ')}
              </small>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
