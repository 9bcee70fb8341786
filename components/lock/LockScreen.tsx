/** All that a locked page shows: one field, how long to wait, and the way to delete everything. */
import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Progress } from '../../lib/ui/progress';
import { t } from '../../lib/ui/text';
import { timeOfDay } from '../../lib/ui/time';
import type { LockView } from '../../lib/ui/views';
import { errorWords, profileLabel } from '../../lib/ui/words';
import { Button } from '../parts/Button';
import { Field } from '../parts/Field';
import { FailureNotice, Notice } from '../parts/Notice';
import parts from '../parts/parts.module.css';
import { Cans } from '../start/Cans';
import start from '../start/start.module.css';
import { WipeQuestion } from './WipeQuestion';

export interface LockScreenProps {
  lock: LockView;
  now: () => number;
  progress: Progress;
  onUnlock: (secret: string) => void;
  /** Null where there is none to ask for. */
  onPasskey: (() => void) | null;
  onWipe: () => void;
  others: ComponentChildren;
}

export function LockScreen({ lock, now, progress, onUnlock, onPasskey, onWipe, others }: LockScreenProps) {
  return (
    <main class={`${parts.screen} ${parts.body}`}>
      <div class={start.start}>
        <Cans />
        <h1 class={start.title} dir="auto">
          {lock.failure ? t('lock_failed_title') : lockTitle(lock)}
        </h1>
        {lock.failure ? <Notice text={errorWords(lock.failure)} /> : <Unlock {...{ lock, now, progress, onUnlock, onPasskey }} />}
        {others}
        <WipeQuestion onWipe={onWipe} />
      </div>
    </main>
  );
}

/** With several profiles one must know whose secret is asked for. */
function lockTitle({ profiles, activeProfileId }: LockView): string {
  const here = profiles.findIndex(({ id }) => id === activeProfileId);
  return profiles.length < 2 ? t('lock_title') : t('lock_title_of', profileLabel(profiles[here]?.label ?? '', here));
}

/** True until that time has come. */
function useIsBefore(atMs: number, now: () => number): boolean {
  const [passedMs, setPassedMs] = useState(0);
  const isBefore = passedMs !== atMs && atMs > now();
  useEffect(() => {
    if (!isBefore) return undefined;
    const timer = setTimeout(() => setPassedMs(atMs), Math.max(0, atMs - now()));
    return () => clearTimeout(timer);
  }, [isBefore, atMs, now]);
  return isBefore;
}

function Unlock({ lock, now, progress, onUnlock, onPasskey }: Omit<LockScreenProps, 'onWipe' | 'others'>) {
  const [secret, setSecret] = useState('');
  const isPending = progress.kind === 'pending';
  const mustWait = useIsBefore(lock.retryAtMs, now);
  const isPin = lock.secret === 'pin';
  const left = lock.wipeAfter - lock.failed;
  const submit = (event: Event) => {
    event.preventDefault();
    if (isPending || secret === '') return;
    onUnlock(secret);
    setSecret('');
  };
  return (
    <form class={start.form} onSubmit={submit}>
      <Field
        label={t(isPin ? 'lock_pin' : 'lock_passphrase')}
        value={secret}
        onInput={setSecret}
        inputMode={isPin ? 'numeric' : 'text'}
        maxLength={256}
        isSecret
        takesFocus
      />
      <FailureNotice progress={progress} />
      {mustWait && <p role="status">{t('lock_wait', timeOfDay(lock.retryAtMs))}</p>}
      {lock.wipeAfter > 0 && lock.failed > 0 && <p role="status">{t('lock_tries_left', String(left))}</p>}
      <Button type="submit" isDisabled={isPending || mustWait}>
        {t(isPending ? 'lock_opening' : 'lock_open')}
      </Button>
      {onPasskey && (
        <Button kind="quiet" isDisabled={isPending} onPress={onPasskey}>
          {t('passkey_use')}
        </Button>
      )}
      <p class={start.small}>{t('lock_explain')}</p>
    </form>
  );
}
