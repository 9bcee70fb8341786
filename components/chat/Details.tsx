/** Everything that happened to a message, when, and where it could wait. */

import { expiryWords } from '../../lib/ui/choice-words';
import { routingOf, timeline, waitsHere } from '../../lib/ui/delivery-words';
import { inSentence, shortName, t } from '../../lib/ui/text';
import { dayAndTime, isoTime } from '../../lib/ui/time';
import type { ContactView, MessageView } from '../../lib/ui/views';
import { Icon } from '../parts/Icon';
import { Sheet, SheetBody } from '../parts/Sheet';
import css from './sheets.module.css';

export interface DetailsProps {
  message: MessageView;
  contact: ContactView;
  onClose: () => void;
}

export function Details({ message, contact, onClose }: DetailsProps) {
  const { text, expiry } = message;
  return (
    <Sheet title={t('details')} onClose={onClose}>
      <SheetBody label={t('details')}>
        {text !== '' && (
          <p class={css.about} dir="auto">
            {text.slice(0, 300)}
          </p>
        )}
        <ol class={css.timeline}>
          {timeline(message, contact).map(({ icon, text: words, atMs }) => (
            <li class={css.event} key={`${icon} ${atMs}`}>
              <Icon name={icon} />
              <span class={css.eventWords}>{words}</span>
              {atMs !== null && (
                <time class={css.eventTime} dateTime={isoTime(atMs)}>
                  {dayAndTime(atMs)}
                </time>
              )}
            </li>
          ))}
        </ol>
        {contact.state !== 'self' && <p>{routingOf(message, contact)}</p>}
        {waitsHere(message, contact) && <p>{t('device_hint', inSentence(shortName(contact.name)))}</p>}
        {expiry && <p>{t('details_expiry', expiryWords(expiry))}</p>}
      </SheetBody>
    </Sheet>
  );
}
