/** The clock has leapt ahead: nothing that would be over by it is deleted until the user believes it. */
import { t } from '../../lib/ui/text';
import { Button } from '../parts/Button';
import { StateLine } from '../parts/StateLine';
import css from './contacts.module.css';

/** `onBelieve`: null while nothing is doubted. Always there, so that words which come later are heard. */
export function ClockBar({ onBelieve }: { onBelieve: (() => void) | null }) {
  return (
    <div role="status">
      {onBelieve && (
        <div class={css.room}>
          <StateLine words={{ icon: 'clock', tone: 'held', text: t('clock_doubted') }} class={css.barWords} />
          <Button kind="link" onPress={onBelieve}>
            {t('clock_believe')}
          </Button>
        </div>
      )}
    </div>
  );
}
