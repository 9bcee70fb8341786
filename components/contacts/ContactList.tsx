/** The first screen of everyone who has a contact. Arrows move, Enter opens. */
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { roomWords } from '../../lib/ui/storage-words';
import { t } from '../../lib/ui/text';
import type { ContactId, ContactView, RelayView, StorageView } from '../../lib/ui/views';
import { type RelayWords, relayWords, type Words } from '../../lib/ui/words';
import { Button, IconButton } from '../parts/Button';
import { Header } from '../parts/Header';
import parts from '../parts/parts.module.css';
import { StateLine } from '../parts/StateLine';
import { ClockBar } from './ClockBar';
import { Rows } from './ContactRows';
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
  onMenu: (contactId: ContactId, anchor: Element) => void;
  menu: ComponentChildren;
  /** The notes to oneself, made where there are none. */
  onNotes: () => void;
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
  const { contacts, relay, storage, nowMs, returnTo, onOpen, onMenu, onNotes, onAdd, onSettings, onRetry, onOpenPanel, search, found } =
    props;
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
            <Rows {...{ contacts, nowMs, onOpen, onMenu, onNotes }} returnTo={isFresh.current ? returnTo : null} />
          )}
        </div>
      )}
      {props.menu}
      <RelayBar words={relayWords(relay, waiting)} onRetry={onRetry} onSettings={onSettings} />
    </main>
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
