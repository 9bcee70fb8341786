/** The lock: set, changed or removed, when it falls shut by itself, and everything deleted at once. */
import type { ComponentChildren } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { Progress } from '../../lib/ui/progress';
import { strengthOf, strengthWords } from '../../lib/ui/strength';
import { t } from '../../lib/ui/text';
import type { LockView, ProtectWish } from '../../lib/ui/views';
import { WipeQuestion } from '../lock/WipeQuestion';
import { Button } from '../parts/Button';
import { Field } from '../parts/Field';
import { FailureNotice } from '../parts/Notice';
import { Picker } from '../parts/Picker';
import css from './settings.module.css';

export interface LockSettingsProps {
  lock: LockView;
  progress: Progress;
  onProtect: (wish: ProtectWish) => void;
  onAuto: (minutes: number) => void;
  onLock: () => void;
  onWipe: () => void;
  /** What unlocks beside the secret. */
  children: ComponentChildren;
}

const AUTO_MINUTES = [1, 5, 15, 60, 240] as const;
const WIPE_AFTER = [0, 10, 20] as const;

export function LockSettings({ lock, progress, onProtect, onAuto, onLock, onWipe, children }: LockSettingsProps) {
  return (
    <section class={css.section}>
      <p class={css.aside}>{t(lock.secret === null ? 'lock_none_aside' : 'lock_set_aside')}</p>
      {lock.secret !== null && (
        <>
          <Picker
            label={t('lock_auto')}
            value={lock.autoLockMinutes}
            options={AUTO_MINUTES.map((minutes) => [
              minutes,
              minutes < 60 ? t('lock_minutes', String(minutes)) : t('lock_hours', String(minutes / 60)),
            ])}
            onPick={onAuto}
          />
          <Button kind="quiet" onPress={onLock}>
            {t('lock_now')}
          </Button>
          {lock.isPostponed && <p role="status">{t('lock_after_call')}</p>}
        </>
      )}
      <SecretForm key={lock.secret} lock={lock} progress={progress} onProtect={onProtect} />
      {children}
      <WipeQuestion onWipe={onWipe} />
    </section>
  );
}

function SecretForm({ lock, progress, onProtect }: Pick<LockSettingsProps, 'lock' | 'progress' | 'onProtect'>) {
  const [current, setCurrent] = useState('');
  const [secret, setSecret] = useState('');
  const [wipeAfter, setWipeAfter] = useState(lock.wipeAfter);
  const hint = useId();
  const isSet = lock.secret !== null;
  const isPending = progress.kind === 'pending';
  const strength = strengthOf(secret);
  const protect = (text: string | null) => {
    const kind = text !== null && /^\d+$/.test(text) ? 'pin' : 'passphrase';
    onProtect({ current, secret: text === null ? null : { kind, text }, wipeAfter: text === null ? 0 : wipeAfter });
    setCurrent('');
    setSecret('');
  };
  const submit = (event: Event) => {
    event.preventDefault();
    if (!isPending && strength !== 'short') protect(secret);
  };
  return (
    <form class={css.form} onSubmit={submit}>
      {isSet && <Field label={t('lock_current')} value={current} onInput={setCurrent} maxLength={256} isSecret />}
      <Field
        label={t(isSet ? 'lock_new' : 'lock_first')}
        value={secret}
        onInput={setSecret}
        maxLength={256}
        isSecret
        {...(secret !== '' && { describedBy: hint })}
      />
      {secret !== '' && (
        <p class={css.aside} id={hint} role="status">
          {strengthWords(strength)}
        </p>
      )}
      <Picker
        label={t('lock_wipe_after')}
        value={wipeAfter}
        options={WIPE_AFTER.map((tries) => [tries, tries === 0 ? t('lock_wipe_never') : t('lock_wipe_tries', String(tries))])}
        onPick={setWipeAfter}
      />
      <FailureNotice progress={progress} />
      {progress.kind === 'done' && <p role="status">{t('lock_saved')}</p>}
      <Button type="submit" kind="quiet" isDisabled={isPending || strength === 'short' || (isSet && current === '')}>
        {t(isSet ? 'lock_change' : 'lock_set')}
      </Button>
      {isSet && (
        <Button kind="link" isDisabled={isPending || current === ''} onPress={() => protect(null)}>
          {t('lock_remove')}
        </Button>
      )}
    </form>
  );
}
