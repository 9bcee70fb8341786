/** Where a message may wait, asked each time: one key answers, nothing is preselected, Esc leads back to the text. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { inSentence, shortName, t } from '../../lib/ui/text';
import type { ContactView, Routing } from '../../lib/ui/views';
import { Button } from '../parts/Button';
import css from './composer.module.css';

const ANSWERS: readonly { readonly key: string; readonly routing: Routing; readonly label: string }[] = [
  { key: '1', routing: 'device', label: 'routing_device' },
  { key: '2', routing: 'relay', label: 'routing_relay' },
];

export function AskRouting({ contact, onAnswer }: { contact: ContactView; onAnswer: (routing: Routing) => void }) {
  const group = useRef<HTMLFieldSetElement>(null);
  useLayoutEffect(() => group.current?.focus(), []);
  const pressed = (event: KeyboardEvent) => {
    const answer = ANSWERS.find(({ key }) => key === event.key);
    if (!answer || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    onAnswer(answer.routing);
  };
  return (
    <fieldset class={css.ask} ref={group} tabIndex={-1} onKeyDown={pressed}>
      <legend>{t('ask_routing', inSentence(shortName(contact.name)))}</legend>
      <div class={css.askAnswers}>
        {ANSWERS.map(({ key, routing, label }) => (
          <Button key={key} kind="quiet" onPress={() => onAnswer(routing)}>
            <kbd class={css.key}>{key}</kbd> {t(label)}
          </Button>
        ))}
      </div>
    </fieldset>
  );
}
