/** The first screen of everyone who has a contact. Arrows move, Enter opens. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { roomWords } from '../../lib/ui/storage-words';
import { t } from '../../lib/ui/text';
import type { ContactId, ContactView, RelayView, StorageView } from '../../lib/ui/views';
import { type RelayWords, relayWords, type Words } from '../../lib/ui/words';
import { Button, IconButton } from '../parts/Button';
import { Header } from '../parts/Header';
import parts from '../parts/parts.module.css';
import { StateLine } from '../parts/StateLine';
import { stepped } from '../parts/stepped';
import { ClockBar } from './ClockBar';
import { ContactRow } from './ContactRow';
import css from './contacts.module.css';

export interface ContactListProps {
  contacts: readonly ContactView[];
  relay: RelayView;
  storage: StorageView | null;
  /** Null while the clock is not doubted. */
  onBelieveClock: (() => void) | null;
  nowMs: number;
  /** The conversation the user comes back from, if any: its row takes the focus. */
  returnTo: ContactId | null;
  onOpen: (contactId: ContactId) => void;
  onAdd: () => void;
  onSettings: () => void;
  onRetry: () => void;
  onOpenPanel?: (() => void) | undefined;
  /** The field to search with, above the list. */
  search: ComponentChildren;
  /** What was found, in the list's place; null while nothing is looked for. */
  found: ComponentChildren | null;
}

export function ContactList(props: ContactListProps) {
  const { contacts, relay, storage, nowMs, returnTo, onOpen, onAdd, onSettings, onRetry, onOpenPanel, search, found } = props;
  const isReturn = found !== null || contacts.some((contact) => contact.id === returnTo);
  // Who ends a search stays in its field.
  const isFresh = useRef(true);
  if (found !== null) isFresh.current = false;
  const waiting = contacts.reduce((sum, contact) => sum + contact.waiting, 0);
  return (
    <main class={parts.screen}>
      <Header title={t('app_name')} takesFocus={!isReturn}>
        {onOpenPanel && <IconButton icon="panel" label={t('open_panel')} onPress={onOpenPanel} />}
        <IconButton icon="add" label={t('add_contact')} onPress={onAdd} />
        <IconButton icon="more" label={t('settings')} onPress={onSettings} />
      </Header>
      <RoomBar words={roomWords(storage)} />
      <ClockBar onBelieve={props.onBelieveClock} />
      {contacts.length > 0 && search}
      {found ?? (
        <div class={css.scroll}>
          {contacts.length === 0 ? (
            <EmptyList onAdd={onAdd} />
          ) : (
            <Rows {...{ contacts, nowMs, onOpen }} returnTo={isFresh.current ? returnTo : null} />
          )}
        </div>
      )}
      <RelayBar words={relayWords(relay, waiting)} onRetry={onRetry} onSettings={onSettings} />
    </main>
  );
}

function Rows({ contacts, nowMs, returnTo, onOpen }: Pick<ContactListProps, 'contacts' | 'nowMs' | 'returnTo' | 'onOpen'>) {
  const list = useRef<HTMLUListElement>(null);
  const [stop, setStop] = useState(returnTo);
  const stopIndex = Math.max(
    contacts.findIndex((contact) => contact.id === stop),
    0,
  );
  useEffect(() => {
    if (returnTo !== null) list.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
  }, [returnTo]);
  const move = (event: KeyboardEvent) => {
    const next = stepped(event, stopIndex, contacts.length - 1);
    if (next === null) return;
    event.preventDefault();
    list.current?.querySelectorAll('button')[next]?.focus();
  };
  return (
    <ul ref={list} aria-label={t('contacts')} onKeyDown={move}>
      {contacts.map((contact, index) => (
        <li key={contact.id} class={css.item}>
          <ContactRow
            contact={contact}
            nowMs={nowMs}
            isTabStop={index === stopIndex}
            onPress={() => onOpen(contact.id)}
            onFocus={() => setStop(contact.id)}
          />
        </li>
      ))}
    </ul>
  );
}

function EmptyList({ onAdd }: { onAdd: () => void }) {
  return (
    <div class={css.empty}>
      <h2 class={css.emptyTitle}>{t('list_empty_title')}</h2>
      <p class={css.aside}>{t('list_empty')}</p>
      <Button onPress={onAdd}>{t('add_contact')}</Button>
    </div>
  );
}

/** Always there, so that words which come later are heard. */
function RoomBar({ words }: { words: Words | null }) {
  return (
    <div role="status">
      {words && (
        <p class={css.room}>
          <StateLine words={words} class={css.barWords} />
        </p>
      )}
    </div>
  );
}

const ACTION_LABELS = { retry: 'relay_retry', 'use-here': 'relay_use_here', settings: 'relay_choose' } as const;

function RelayBar({ words, onRetry, onSettings }: { words: RelayWords; onRetry: () => void; onSettings: () => void }) {
  const { action } = words;
  return (
    <div class={css.bar}>
      <span class={css.barWords} role="status">
        <StateLine words={words} class={css.barWords} />
      </span>
      {action && (
        <Button kind="link" onPress={action === 'settings' ? onSettings : onRetry}>
          {t(ACTION_LABELS[action])}
        </Button>
      )}
    </div>
  );
}
