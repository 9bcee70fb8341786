/** A backup is made here: what is in it, what is not, and the passphrase that alone opens it. */
import { useId, useState } from 'preact/hooks';
import type { BackupControl } from '../../lib/ui/backup';
import { strengthOf, strengthWords } from '../../lib/ui/strength';
import { t } from '../../lib/ui/text';
import type { View } from '../../lib/ui/views';
import { Button } from '../parts/Button';
import { Field } from '../parts/Field';
import { FailureNotice } from '../parts/Notice';
import { NeedsPanel } from './NeedsPanel';
import css from './settings.module.css';

export interface BackupSettingsProps {
  view: View;
  control: BackupControl;
  onRestore: () => void;
  /** Popup only: it closes before a file is whole. */
  onOpenPanel: (() => void) | undefined;
}

/** As the background has it: longer than for the lock. */
const LEAST_CHARS = 12;

export function BackupSettings({ view, control, onRestore, onOpenPanel }: BackupSettingsProps) {
  const { contacts, invite } = view;
  const travelling = contacts.filter(({ state }) => state === 'accepted').length;
  return (
    <>
      <section class={css.section}>
        <p>{t('backup_explain')}</p>
        <dl class={css.shortcuts}>
          <Row words={t('backup_contacts')} value={String(travelling)} />
          {contacts.length > travelling && <Row words={t('backup_requests')} value={String(contacts.length - travelling)} />}
          {invite && <Row words={t('backup_invites')} value="1" />}
        </dl>
        <p class={css.aside}>{t('backup_left_out')}</p>
        <p class={css.aside}>{t('backup_warning')}</p>
        {onOpenPanel ? <NeedsPanel onOpenPanel={onOpenPanel} /> : <Make control={control} />}
      </section>
      <Button kind="link" onPress={onRestore}>
        {t('restore_start')}
      </Button>
    </>
  );
}

export function Row({ words, value }: { words: string; value: string }) {
  return (
    <div class={css.shortcut}>
      <dt>{words}</dt>
      <dd dir="auto">{value}</dd>
    </div>
  );
}

function Make({ control }: Pick<BackupSettingsProps, 'control'>) {
  const making = control.making.value;
  if (making.kind === 'running')
    return (
      <div class={css.form}>
        <Share words={t('backup_making')} share={making.share} />
        <p class={css.aside}>{t('backup_stay')}</p>
        <Button kind="quiet" onPress={control.stopMaking}>
          {t('backup_stop')}
        </Button>
      </div>
    );
  return (
    <>
      {making.kind === 'saved' && <p role="status">{t('backup_saved', making.fileName)}</p>}
      <FailureNotice progress={making.kind === 'failed' ? making : { kind: 'idle' }} />
      <PassphraseForm onMake={control.make} />
    </>
  );
}

export function Share({ words, share }: { words: string; share: number }) {
  const id = useId();
  return (
    <div class={css.form}>
      <label for={id}>{words}</label>
      <progress id={id} class={css.share} value={share} max={1} />
    </div>
  );
}

function PassphraseForm({ onMake }: { onMake: (passphrase: string) => void }) {
  const [passphrase, setPassphrase] = useState('');
  const [again, setAgain] = useState('');
  const hint = useId();
  const isShort = [...passphrase.normalize('NFC')].length < LEAST_CHARS;
  const isSame = passphrase === again;
  const submit = (event: Event) => {
    event.preventDefault();
    if (isShort || !isSame) return;
    onMake(passphrase);
    setPassphrase('');
    setAgain('');
  };
  return (
    <form class={css.form} onSubmit={submit}>
      <Field
        label={t('backup_passphrase')}
        value={passphrase}
        onInput={setPassphrase}
        maxLength={256}
        isSecret
        {...(passphrase !== '' && { describedBy: hint })}
      />
      {passphrase !== '' && (
        <p class={css.aside} id={hint} role="status">
          {isShort ? t('backup_short') : strengthWords(strengthOf(passphrase))}
        </p>
      )}
      <Field label={t('backup_again')} value={again} onInput={setAgain} maxLength={256} isSecret />
      {again !== '' && !isSame && (
        <p class={css.aside} role="status">
          {t('backup_differs')}
        </p>
      )}
      <Button type="submit" isDisabled={isShort || !isSame}>
        {t('backup_make')}
      </Button>
    </form>
  );
}
