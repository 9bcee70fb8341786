/** Deleting everything, asked once: the button says what goes, the second one does it. */
import { useState } from 'preact/hooks';
import { t } from '../../lib/ui/text';
import { Button } from '../parts/Button';
import { Notice } from '../parts/Notice';
import start from '../start/start.module.css';

export function WipeQuestion({ onWipe }: { onWipe: () => void }) {
  const [isAsked, setIsAsked] = useState(false);
  if (!isAsked)
    return (
      <Button kind="link" onPress={() => setIsAsked(true)}>
        {t('wipe_start')}
      </Button>
    );
  return (
    <section class={start.form} aria-label={t('wipe_start')}>
      <Notice text={t('wipe_explain')} />
      <Button kind="quiet" onPress={() => setIsAsked(false)}>
        {t('wipe_keep')}
      </Button>
      <Button onPress={onWipe}>{t('wipe_confirm')}</Button>
    </section>
  );
}
