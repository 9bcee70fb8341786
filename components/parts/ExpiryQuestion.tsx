/** Asked once on a device, before its first timer starts: what will happen, and whether it shall. */
import { t } from '../../lib/ui/text';
import { Button } from './Button';
import css from './parts.module.css';
import { Sheet, SheetBody, SheetFoot } from './Sheet';

export interface ExpiryAsking {
  /** It was asked before. */
  readonly isExplained: boolean;
  readonly onExplained: () => void;
}

export interface ExpiryQuestionProps {
  /** What will happen. */
  words: string;
  onStart: () => void;
  onClose: () => void;
}

export function ExpiryQuestion({ words, onStart, onClose }: ExpiryQuestionProps) {
  const start = () => {
    onClose();
    onStart();
  };
  return (
    <Sheet title={t('expiry_question')} onClose={onClose}>
      <SheetBody>
        <p class={css.asked}>{words}</p>
      </SheetBody>
      <SheetFoot>
        <Button onPress={start}>{t('expiry_start')}</Button>
        <Button kind="quiet" onPress={onClose}>
          {t('cancel')}
        </Button>
      </SheetFoot>
    </Sheet>
  );
}
