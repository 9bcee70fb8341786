/** What relays hold of this user's now, and a way to have it back. */
import { useEffect, useId } from 'preact/hooks';
import type { RelayControl } from '../../lib/ui/relay-control';
import { waitingWords } from '../../lib/ui/relay-words';
import { safeName, t } from '../../lib/ui/text';
import type { ContactView } from '../../lib/ui/views';
import { Button } from '../parts/Button';
import { FailureNotice } from '../parts/Notice';
import css from './settings.module.css';

export interface WaitingSettingsProps {
  control: RelayControl;
  contacts: readonly ContactView[];
}

export function WaitingSettings({ control, contacts }: WaitingSettingsProps) {
  const id = useId();
  const waiting = control.waiting.value;
  const progress = control.lookProgress.value;
  const isPending = progress.kind === 'pending';
  useEffect(() => void control.look(), []);
  const nameOf = (contactId: string) => safeName(contacts.find((contact) => contact.id === contactId)?.name ?? '');
  return (
    <section class={css.section} aria-labelledby={id}>
      <h2 class={css.title} id={id}>
        {t('waiting')}
      </h2>
      {waiting?.length === 0 && <p>{t('waiting_none')}</p>}
      {waiting && waiting.length > 0 && (
        <ul class={css.shortcuts}>
          {waiting.map((each) => (
            <li key={each.contactId} class={css.waiting}>
              <span>
                <strong dir="auto">{nameOf(each.contactId)}</strong> {waitingWords(each)}
              </span>
              <Button kind="quiet" isDisabled={isPending} onPress={() => void control.takeBack([each.contactId])}>
                {t('waiting_take_back', nameOf(each.contactId))}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {waiting && waiting.length > 1 && (
        <Button kind="quiet" isDisabled={isPending} onPress={() => void control.takeBack(waiting.map(({ contactId }) => contactId))}>
          {t('waiting_take_back_all')}
        </Button>
      )}
      <p class={css.aside}>{t('waiting_theirs')}</p>
      <FailureNotice progress={progress} />
    </section>
  );
}
