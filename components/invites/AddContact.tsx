/** Two ways to meet: show a code of one's own, or enter somebody's. */
import type { ComponentChildren } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { inSentence, t } from '../../lib/ui/text';
import type { ContactId, ContactView } from '../../lib/ui/views';
import { Button } from '../parts/Button';
import { Header } from '../parts/Header';
import parts from '../parts/parts.module.css';
import css from './invites.module.css';

type Tab = 'show' | 'enter';

export interface AddContactProps {
  tab: Tab;
  /** Who has used a code of this user's and waits for an answer. */
  requests: readonly ContactView[];
  onAnswer: (contactId: ContactId) => void;
  onTab: (tab: Tab) => void;
  onBack: () => void;
  children: ComponentChildren;
}

const TABS: readonly { tab: Tab; label: string }[] = [
  { tab: 'show', label: 'add_show' },
  { tab: 'enter', label: 'add_enter' },
];

export function AddContact({ tab, requests, onAnswer, onTab, onBack, children }: AddContactProps) {
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    event.preventDefault();
    const next = tab === 'show' ? 'enter' : 'show';
    onTab(next);
    list.current?.querySelector<HTMLElement>(`[data-tab=${next}]`)?.focus();
  };
  return (
    <main class={parts.screen}>
      <Header title={t('add_contact')} onBack={onBack} />
      <div class={parts.body}>
        <Requests requests={requests} onAnswer={onAnswer} />
        <div class={css.tabs} role="tablist" aria-label={t('add_contact')} ref={list} onKeyDown={move}>
          {TABS.map((each) => (
            <button
              key={each.tab}
              type="button"
              role="tab"
              class={css.tab}
              id={`${id}-${each.tab}`}
              data-tab={each.tab}
              aria-selected={each.tab === tab}
              aria-controls={`${id}-panel`}
              tabIndex={each.tab === tab ? 0 : -1}
              onClick={() => onTab(each.tab)}
            >
              {t(each.label)}
            </button>
          ))}
        </div>
        <div class={css.panel} role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${tab}`}>
          {children}
        </div>
      </div>
    </main>
  );
}

/** Meeting in person, the one who shows a code sees here that it was used. */
function Requests({ requests, onAnswer }: Pick<AddContactProps, 'requests' | 'onAnswer'>) {
  return (
    <div class={css.requests} role="status">
      {requests.map((contact) => (
        <p key={contact.id} class={css.request}>
          <span>{t('add_request', inSentence(contact.name))}</span>
          <Button onPress={() => onAnswer(contact.id)}>{t('add_request_answer')}</Button>
        </p>
      ))}
    </div>
  );
}
