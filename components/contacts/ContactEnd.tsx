/** Having no more to do with somebody: for now, or for good. */
import { useState } from 'preact/hooks';
import { inSentence, shortName, t } from '../../lib/ui/text';
import type { Choices, ContactView } from '../../lib/ui/views';
import { Button } from '../parts/Button';
import { Notice } from '../parts/Notice';
import css from './contacts.module.css';

export interface ContactEndProps {
  contact: ContactView;
  onChoose: (choices: Partial<Choices>) => void;
  onRemove: () => void;
}

export function ContactEnd({ contact, onChoose, onRemove }: ContactEndProps) {
  const who = inSentence(shortName(contact.name));
  const { isBlocked } = contact.choices;
  return (
    <section class={css.choices} aria-label={t('end_title')}>
      <h2 class={css.choicesTitle}>{t('end_title')}</h2>
      <p class={css.small}>{t(isBlocked ? 'blocked_aside' : 'block_aside', who)}</p>
      <Button kind="quiet" onPress={() => onChoose({ isBlocked: !isBlocked })}>
        {t(isBlocked ? 'unblock' : 'block', who)}
      </Button>
      <RemoveQuestion who={who} onRemove={onRemove} />
    </section>
  );
}

function RemoveQuestion({ who, onRemove }: { who: string; onRemove: () => void }) {
  const [isAsked, setIsAsked] = useState(false);
  if (!isAsked)
    return (
      <Button kind="link" onPress={() => setIsAsked(true)}>
        {t('remove_start', who)}
      </Button>
    );
  return (
    <>
      <Notice text={t('remove_explain', who)} />
      <Button kind="quiet" onPress={() => setIsAsked(false)}>
        {t('remove_keep', who)}
      </Button>
      <Button onPress={onRemove}>{t('remove_confirm')}</Button>
    </>
  );
}
