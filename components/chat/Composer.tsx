/** Writing a message: where it will wait is said above it. Enter sends, Shift+Enter starts a line. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { Progress } from '../../lib/ui/progress';
import { safeName, shortName, t } from '../../lib/ui/text';
import type { ContactView, Routing } from '../../lib/ui/views';
import { routingWords } from '../../lib/ui/words';
import { Button, IconButton } from '../parts/Button';
import { FailureNotice } from '../parts/Notice';
import { StateLine } from '../parts/StateLine';
import css from './chat.module.css';

export interface ComposerProps {
  contact: ContactView;
  /** False while the user is being led to a message. */
  takesFocus: boolean;
  draft: string;
  progress: Progress;
  onDraft: (text: string) => void;
  onSend: () => void;
  onRouting: (routing: Routing) => void;
}

/** Grows with its text where the browser can't do that by itself. */
function growToFit(box: HTMLTextAreaElement): void {
  if (CSS.supports('field-sizing', 'content')) return;
  box.style.blockSize = 'auto';
  box.style.blockSize = `${box.scrollHeight + box.offsetHeight - box.clientHeight}px`;
}

export function Composer({ contact, takesFocus, draft, progress, onDraft, onSend, onRouting }: ComposerProps) {
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (takesFocus) box.current?.focus({ preventScroll: true });
  }, []);
  useLayoutEffect(() => {
    if (box.current) growToFit(box.current);
  }, [draft]);
  const send = (event: Event) => {
    event.preventDefault();
    onSend();
    box.current?.focus();
  };
  return (
    <form class={css.composer} onSubmit={send}>
      <FailureNotice progress={progress} />
      <RoutingLine contact={contact} onRouting={onRouting} />
      <div class={css.write}>
        <textarea
          class={css.input}
          ref={box}
          rows={1}
          dir="auto"
          value={draft}
          placeholder={t('composer', shortName(contact.name))}
          aria-label={t('composer', safeName(contact.name))}
          autocomplete="off"
          onInput={(event) => onDraft(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) send(event);
          }}
        />
        <IconButton icon="send" label={t('send')} type="submit" isPrimary isDisabled={draft.trim() === ''} />
      </div>
    </form>
  );
}

const OFFERS: Record<Routing, string> = { relay: 'routing_offer_relay', device: 'routing_offer_device' };

function RoutingLine({ contact, onRouting }: Pick<ComposerProps, 'contact' | 'onRouting'>) {
  const words = routingWords(contact);
  const { offers } = words;
  return (
    <div class={css.routing}>
      <StateLine words={words} class={css.routingWords} />
      {offers && (
        <Button kind="link" onPress={() => onRouting(offers)}>
          {t(OFFERS[offers])}
        </Button>
      )}
    </div>
  );
}
