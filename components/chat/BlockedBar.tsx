/** In the composer's place while nothing is sent to somebody. */
import { useEffect, useRef } from 'preact/hooks';
import type { Progress } from '../../lib/ui/progress';
import { inSentence, shortName, t } from '../../lib/ui/text';
import type { ContactView } from '../../lib/ui/views';
import { Button } from '../parts/Button';
import { FailureNotice } from '../parts/Notice';
import css from './composer.module.css';

export interface BlockedBarProps {
  contact: ContactView;
  progress: Progress;
  /** False while the user is being led to a message. */
  takesFocus: boolean;
  onUnblock: () => void;
}

export function BlockedBar({ contact, progress, takesFocus, onUnblock }: BlockedBarProps) {
  const bar = useRef<HTMLElement>(null);
  const who = inSentence(shortName(contact.name));
  useEffect(() => {
    if (takesFocus) bar.current?.querySelector('button')?.focus({ preventScroll: true });
  }, []);
  return (
    <section class={css.composer} ref={bar} aria-label={t('blocked')}>
      <FailureNotice progress={progress} />
      <p class={css.blocked}>{t('routing_blocked', who)}</p>
      <Button kind="quiet" isDisabled={progress.kind === 'pending'} onPress={onUnblock}>
        {t('unblock', who)}
      </Button>
    </section>
  );
}
