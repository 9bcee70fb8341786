/** The rows of the list: those in use, and folded away below them what is archived and who is blocked. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { groupOf, type ListGroup } from '../../lib/ui/list-order';
import { t } from '../../lib/ui/text';
import type { ContactId, ContactView } from '../../lib/ui/views';
import type { IconName } from '../../lib/ui/words';
import { Icon } from '../parts/Icon';
import { stepped } from '../parts/stepped';
import { ContactRow } from './ContactRow';
import css from './contacts.module.css';

export interface RowsProps {
  contacts: readonly ContactView[];
  nowMs: number;
  returnTo: ContactId | null;
  onOpen: (contactId: ContactId) => void;
  onMenu: (contactId: ContactId, anchor: Element) => void;
  onNotes: () => void;
}

type GroupProps = Omit<RowsProps, 'onNotes'>;

export function Rows({ contacts, onNotes, ...shared }: RowsProps) {
  const of = (group: ListGroup) => contacts.filter((contact) => groupOf(contact) === group);
  const hasNotes = contacts.some(({ state }) => state === 'self');
  return (
    <>
      <RowList {...shared} contacts={of('main')} label={t('contacts')} />
      {!hasNotes && (
        <button type="button" class={css.fold} onClick={onNotes}>
          <Icon name="note" />
          <span class={css.foldWords}>{t('notes')}</span>
        </button>
      )}
      <Fold {...shared} contacts={of('archived')} label={t('archived')} icon="archive" />
      <Fold {...shared} contacts={of('blocked')} label={t('blocked')} icon="ban" />
    </>
  );
}

/** Open from the start for who comes back from within. */
function Fold({ contacts, label, icon, ...shared }: GroupProps & { label: string; icon: IconName }) {
  const [isOpen, setIsOpen] = useState(contacts.some(({ id }) => id === shared.returnTo));
  if (contacts.length === 0) return null;
  return (
    <>
      <button type="button" class={css.fold} aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
        <Icon name={icon} />
        <span class={css.foldWords}>{t('fold', label, String(contacts.length))}</span>
        <span class={css.foldMark}>
          <Icon name="arrow-down" />
        </span>
      </button>
      {isOpen && <RowList {...shared} contacts={contacts} label={label} />}
    </>
  );
}

/** One stop for Tab. Arrows move, Enter opens, the menu key opens the row's menu. */
function RowList({ contacts, nowMs, returnTo, onOpen, onMenu, label }: GroupProps & { label: string }) {
  const list = useRef<HTMLUListElement>(null);
  const [stop, setStop] = useState(returnTo);
  const stopIndex = Math.max(
    contacts.findIndex((contact) => contact.id === stop),
    0,
  );
  useEffect(() => {
    if (contacts.some(({ id }) => id === returnTo)) list.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
  }, [returnTo]);
  const move = (event: KeyboardEvent) => {
    const next = stepped(event, stopIndex, contacts.length - 1);
    if (next === null) return;
    event.preventDefault();
    list.current?.querySelectorAll('button')[next]?.focus();
  };
  return (
    <ul ref={list} aria-label={label} onKeyDown={move}>
      {contacts.map((contact, index) => (
        <li key={contact.id} class={css.item}>
          <ContactRow
            contact={contact}
            nowMs={nowMs}
            isTabStop={index === stopIndex}
            onPress={() => onOpen(contact.id)}
            onMenu={(anchor) => onMenu(contact.id, anchor)}
            onFocus={() => setStop(contact.id)}
          />
        </li>
      ))}
    </ul>
  );
}
