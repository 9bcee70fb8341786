/** Before the background has said anything: usually a few milliseconds, so the words come only after a while. */
import { useEffect, useState } from 'preact/hooks';
import { t } from '../../lib/ui/text';
import parts from '../parts/parts.module.css';
import css from './start.module.css';

const PATIENCE_MS = 400;

export function Loading() {
  const [isLate, setIsLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setIsLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <main class={`${parts.screen} ${parts.body}`}>
      <h1 class={parts.visuallyHidden}>{t('app_name')}</h1>
      <p class={css.aside} role="status">
        {isLate ? t('start_waking') : ''}
      </p>
    </main>
  );
}
