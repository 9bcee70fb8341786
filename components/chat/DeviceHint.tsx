/** What becomes of a message that waits on this device alone, when the browser closes and when its profile is gone. Until it is understood. */
import { waitsHere } from '../../lib/ui/delivery-words';
import { inSentence, shortName, t } from '../../lib/ui/text';
import type { ContactView, MessageView } from '../../lib/ui/views';
import { Button } from '../parts/Button';
import css from './list.module.css';

export interface DeviceHintProps {
  contact: ContactView;
  messages: readonly MessageView[] | null;
  onUnderstood: () => void;
}

export function DeviceHint({ contact, messages, onUnderstood }: DeviceHintProps) {
  if (!messages?.some((message) => waitsHere(message, contact))) return null;
  return (
    <div class={css.hint}>
      <p>{t('device_hint', inSentence(shortName(contact.name)))}</p>
      <Button kind="link" onPress={onUnderstood}>
        {t('understood')}
      </Button>
    </div>
  );
}
