/** Passkeys beside the PIN or passphrase: added and removed by who gives that. */
import { useId, useState } from 'preact/hooks';
import type { Progress } from '../../lib/ui/progress';
import { t } from '../../lib/ui/text';
import { Button } from '../parts/Button';
import { Field } from '../parts/Field';
import { FailureNotice } from '../parts/Notice';
import css from './settings.module.css';

export interface PasskeySettingsProps {
  count: number;
  /** This page can ask for one. */
  isOffered: boolean;
  progress: Progress;
  onAdd: (current: string) => void;
  onRemove: (current: string) => void;
}

export function PasskeySettings({ count, isOffered, progress, onAdd, onRemove }: PasskeySettingsProps) {
  const [current, setCurrent] = useState('');
  const id = useId();
  const isBlocked = progress.kind === 'pending' || current === '';
  const give = (to: (current: string) => void) => () => {
    to(current);
    setCurrent('');
  };
  return (
    <section class={css.form} aria-labelledby={id}>
      <h2 class={css.title} id={id}>
        {t('passkeys')}
      </h2>
      <p class={css.aside}>{t('passkeys_aside')}</p>
      {count > 0 && <p>{t('passkeys_count', String(count))}</p>}
      <Field label={t('passkeys_current')} value={current} onInput={setCurrent} maxLength={256} isSecret />
      <FailureNotice progress={progress} />
      {progress.kind === 'done' && <p role="status">{t('passkeys_saved')}</p>}
      {isOffered && (
        <Button kind="quiet" isDisabled={isBlocked} onPress={give(onAdd)}>
          {t(progress.kind === 'pending' ? 'passkeys_asking' : 'passkeys_add')}
        </Button>
      )}
      {count > 0 && (
        <Button kind="link" isDisabled={isBlocked} onPress={give(onRemove)}>
          {t('passkeys_remove')}
        </Button>
      )}
    </section>
  );
}
