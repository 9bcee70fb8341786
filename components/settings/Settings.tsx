/** Everything that belongs to no contact: who I am, a way to each page of settings, and the keys. */
import { useEffect, useId, useRef } from 'preact/hooks';
import { storageStanding } from '../../lib/ui/storage-words';
import { safeName, t } from '../../lib/ui/text';
import type { LockView, ProfileView, SettingsPage, View } from '../../lib/ui/views';
import { profileLabel } from '../../lib/ui/words';
import { Fingerprint } from '../parts/Fingerprint';
import { Header } from '../parts/Header';
import { Icon } from '../parts/Icon';
import parts from '../parts/parts.module.css';
import css from './settings.module.css';

export interface SettingsProps {
  profile: ProfileView;
  view: View;
  lock: LockView;
  /** The page the user comes back from. */
  returnTo: SettingsPage | null;
  onPage: (page: SettingsPage) => void;
  onBack: () => void;
}

const ROUTING_STANDINGS = { device: 'standing_device', relay: 'standing_relay', ask: 'routing_choice_ask' } as const;
const SHOWS_STANDINGS = { text: 'notices_text', sender: 'notices_sender', nothing: 'notices_nothing' } as const;

/** How each thing stands, in a word or two. */
function standings({ view, lock }: Pick<SettingsProps, 'view' | 'lock'>): readonly (readonly [SettingsPage, string, string])[] {
  const { relay, settings } = view;
  const tellsAll = settings.tellsReading && settings.tellsTyping && settings.tellsPresence;
  const here = lock.profiles.findIndex(({ id }) => id === lock.activeProfileId);
  return [
    ['messages', t('settings_messages'), t(ROUTING_STANDINGS[settings.routing])],
    ['privacy', t('settings_privacy'), t(tellsAll ? 'settings_tells_all' : 'settings_tells_some')],
    ['notices', t('notices'), t(SHOWS_STANDINGS[settings.notify.shows])],
    ['relay', t('settings_relay'), relay.kind === 'none' ? t('settings_none') : new URL(relay.url).host],
    ['lock', t('lock_settings'), t(lock.secret === null ? 'settings_lock_off' : 'settings_lock_on')],
    ['storage', t('storage'), storageStanding(view.storage)],
    ['profiles', t('profiles'), profileLabel(lock.profiles[here]?.label ?? '', here)],
    ['backup', t('backup'), t('backup_aside')],
  ];
}

export function Settings({ profile, view, lock, returnTo, onPage, onBack }: SettingsProps) {
  const list = useRef<HTMLUListElement>(null);
  const pages = standings({ view, lock });
  useEffect(() => {
    const index = pages.findIndex(([page]) => page === returnTo);
    list.current?.querySelectorAll('button')[index]?.focus();
  }, []);
  return (
    <main class={parts.screen}>
      <Header title={t('settings')} takesFocus={returnTo === null} onBack={onBack} />
      <div class={parts.body}>
        <section class={css.section}>
          <h2 class={css.title}>{t('settings_you')}</h2>
          <p dir="auto">{safeName(profile.name)}</p>
          <Fingerprint value={profile.fingerprint} />
          <p class={css.aside}>{t('settings_you_aside')}</p>
        </section>
        <ul class={css.pages} ref={list} aria-label={t('settings')}>
          {pages.map(([page, title, standing]) => (
            <li key={page} class={css.page}>
              <button type="button" class={css.pageRow} onClick={() => onPage(page)}>
                <span class={css.pageText}>
                  <span class={css.pageTitle}>{title}</span>{' '}
                  <span class={css.pageStanding} dir="auto">
                    {standing}
                  </span>
                </span>
                <Icon name="forward" />
              </button>
            </li>
          ))}
        </ul>
        <Shortcuts shortcuts={view.shortcuts} />
      </div>
    </main>
  );
}

/** Chrome's own command for the toolbar button has no label of ours. */
const LABELS: Readonly<Record<string, string>> = {
  'open-panel': 'command_open_panel',
  'toggle-mute': 'command_toggle_mute',
  'lock-now': 'command_lock_now',
};

function Shortcuts({ shortcuts }: Pick<View, 'shortcuts'>) {
  const id = useId();
  const known = Object.entries(shortcuts).filter(([command]) => command in LABELS);
  if (known.length === 0) return null;
  const isGap = known.some(([, keys]) => keys === '');
  return (
    <section class={css.section} aria-labelledby={id}>
      <h2 class={css.title} id={id}>
        {t('settings_shortcuts')}
      </h2>
      <dl class={css.shortcuts}>
        {known.map(([command, keys]) => (
          <div key={command} class={css.shortcut}>
            <dt>{t(LABELS[command] ?? '')}</dt>
            <dd>{keys === '' ? t('shortcut_none') : <kbd class={css.key}>{keys}</kbd>}</dd>
          </div>
        ))}
      </dl>
      {isGap && <p class={css.aside}>{t('shortcut_assign')}</p>}
    </section>
  );
}
