/** The relay on which this user's new queues are made. */
import { useState } from 'preact/hooks';
import type { Progress } from '../../lib/ui/progress';
import { t } from '../../lib/ui/text';
import type { RelayView } from '../../lib/ui/views';
import { Button } from '../parts/Button';
import { Field } from '../parts/Field';
import { FailureNotice } from '../parts/Notice';
import css from './settings.module.css';

export interface RelaySettingsProps {
  relay: RelayView;
  /** Who has not confirmed it yet. */
  moving: string | null;
  progress: Progress;
  onRelay: (url: string, access: string) => void;
}

export function RelaySettings({ relay, moving, progress, onRelay }: RelaySettingsProps) {
  const url = relay.kind === 'none' ? '' : relay.url;
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
    <form class={css.form} onSubmit={submit}>
      <p class={css.aside}>{t('settings_relay_aside')}</p>
      <Field label={t('settings_relay_label')} value={written ?? url} onInput={setWritten} inputMode="url" maxLength={200} />
      <Field label={t('settings_relay_access')} value={access} onInput={setAccess} maxLength={200} isSecret />
      <FailureNotice progress={progress} />
      {moving !== null && <p dir="auto">{moving}</p>}
      {progress.kind === 'done' && <p role="status">{t('settings_relay_saved')}</p>}
      <Button type="submit" kind="quiet" isDisabled={isPending}>
        {t('settings_relay_save')}
      </Button>
    </form>
  );
}
