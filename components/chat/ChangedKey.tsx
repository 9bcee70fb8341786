/** Somebody answers with another key than this contact's: says what that means, shows the new key, and asks. */
import type { Progress } from '../../lib/ui/progress';
import { safeName, t } from '../../lib/ui/text';
import { Button } from '../parts/Button';
import { Fingerprint } from '../parts/Fingerprint';
import { FailureNotice, Notice } from '../parts/Notice';
import css from './header.module.css';

export interface ChangedKeyProps {
  name: string;
  fingerprint: string;
  progress: Progress;
  onAccept: () => void;
}

export function ChangedKey({ name, fingerprint, progress, onAccept }: ChangedKeyProps) {
  return (
    <section class={css.changedKey} aria-label={t('key_changed_title')}>
      <Notice text={t('key_changed', safeName(name))} />
      <Fingerprint value={fingerprint} />
      <FailureNotice progress={progress} />
      <Button kind="quiet" isDisabled={progress.kind === 'pending'} onPress={onAccept}>
        {t('key_changed_accept')}
      </Button>
    </section>
  );
}
