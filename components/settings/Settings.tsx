/** The few things to see or change that belong to no contact: the relay, who I am, and the keys. */
import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { Progress } from '../../lib/ui/progress';
import { safeName, t } from '../../lib/ui/text';
import type { ProfileView, RelayView, View } from '../../lib/ui/views';
import { Button } from '../parts/Button';
import { Field } from '../parts/Field';
import { Fingerprint } from '../parts/Fingerprint';
import { Header } from '../parts/Header';
import { FailureNotice } from '../parts/Notice';
import parts from '../parts/parts.module.css';
import css from './settings.module.css';

export interface SettingsProps {
  profile: ProfileView;
  relay: RelayView;
  shortcuts: View['shortcuts'];
  progress: Progress;
  onRelay: (url: string, access: string) => void;
  lock: ComponentChildren;
  onBack: () => void;
}

export function Settings({ profile, relay, shortcuts, progress, lock, onRelay, onBack }: SettingsProps) {
  return (
    <main class={parts.screen}>
      <Header title={t('settings')} onBack={onBack} />
      <div class={parts.body}>
        <section class={css.section}>
          <h2 class={css.title}>{t('settings_you')}</h2>
          <p dir="auto">{safeName(profile.name)}</p>
          <Fingerprint value={profile.fingerprint} />
          <p class={css.aside}>{t('settings_you_aside')}</p>
        </section>
        <RelayAddress url={relay.kind === 'none' ? '' : relay.url} progress={progress} onRelay={onRelay} />
        {lock}
        <Shortcuts shortcuts={shortcuts} />
      </div>
    </main>
  );
}

function RelayAddress({ url, progress, onRelay }: { url: string } & Pick<SettingsProps, 'progress' | 'onRelay'>) {
  const [written, setWritten] = useState<string | null>(null);
  const [access, setAccess] = useState('');
  const isPending = progress.kind === 'pending';
  const submit = (event: Event) => {
    event.preventDefault();
    if (isPending) return;
    onRelay((written ?? url).trim(), access);
    setAccess('');
  };
  return (
    <section class={css.section}>
      <h2 class={css.title}>{t('settings_relay')}</h2>
      <form class={css.form} onSubmit={submit}>
        <Field label={t('settings_relay_label')} value={written ?? url} onInput={setWritten} inputMode="url" maxLength={200} />
        <Field label={t('settings_relay_access')} value={access} onInput={setAccess} maxLength={200} isSecret />
        <FailureNotice progress={progress} />
        {progress.kind === 'done' && <p role="status">{t('settings_relay_saved')}</p>}
        <p class={css.aside}>{t('settings_relay_aside')}</p>
        <Button type="submit" kind="quiet" isDisabled={isPending}>
          {t('settings_relay_save')}
        </Button>
      </form>
    </section>
  );
}

/** Chrome's own command for the toolbar button has no label of ours. */
const LABELS: Readonly<Record<string, string>> = {
  'open-panel': 'command_open_panel',
  'toggle-mute': 'command_toggle_mute',
  'lock-now': 'command_lock_now',
};

function Shortcuts({ shortcuts }: Pick<SettingsProps, 'shortcuts'>) {
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
