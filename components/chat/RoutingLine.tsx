/** Where the message that is being written will wait, and how long it stays; each is a button that changes it. */

import { expiryWords, spanWords } from '../../lib/ui/choice-words';
import type { Composing } from '../../lib/ui/composing';
import { routingWords } from '../../lib/ui/routing-words';
import { t } from '../../lib/ui/text';
import type { ContactView } from '../../lib/ui/views';
import { Icon } from '../parts/Icon';
import css from './composer.module.css';

export interface RoutingLineProps {
  contact: ContactView;
  composing: Composing;
  onRouting: (anchor: Element) => void;
  onExpiry: () => void;
}

export function RoutingLine({ contact, composing, onRouting, onExpiry }: RoutingLineProps) {
  const words = contact.state === 'self' ? null : routingWords(contact, composing.routing);
  const choice = words?.choice;
  const expiry = composing.expiry === undefined ? contact.chosen.expiry : composing.expiry;
  const label = expiry ? t('expiry_button', expiryWords(expiry)) : t('expiry_button_off');
  return (
    <div class={css.routing}>
      {words && (
        <span class={css.routingWhen} dir="auto">
          {words.when}
        </span>
      )}
      {choice && (
        <button
          type="button"
          class={`${css.chip} ${choice.tone === 'held' ? css.chipHeld : ''}`}
          aria-haspopup="menu"
          data-routing
          onClick={(event) => onRouting(event.currentTarget)}
        >
          <Icon name={choice.icon} />
          <span>{choice.text}</span>
        </button>
      )}
      <button
        type="button"
        class={`${css.chip} ${css.chipPlain}`}
        aria-haspopup="dialog"
        aria-label={label}
        title={label}
        onClick={onExpiry}
      >
        <Icon name="clock" />
        {expiry && <span>{spanWords(expiry.seconds)}</span>}
      </button>
    </div>
  );
}
