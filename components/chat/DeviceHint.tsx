/** What becomes of a message that waits on this device alone, when the browser closes and when its profile is gone. */
import { inSentence, shortName, t } from '../../lib/ui/text';
import type { ContactView, MessageView } from '../../lib/ui/views';
import css from './list.module.css';

function waitsHere({ isMine, delivery, routing }: MessageView): boolean {
  return isMine && delivery?.stage === 'local' && !delivery.outcome && routing === 'device';
}

export function DeviceHint({ contact, messages }: { contact: ContactView; messages: readonly MessageView[] | null }) {
  if (contact.string.kind === 'open' || !messages?.some(waitsHere)) return null;
  return <p class={css.hint}>{t('device_hint', inSentence(shortName(contact.name)))}</p>;
}
