/** What can be done with a conversation from the list: by a right click, the menu key or Shift+F10. */
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { isMutedNow, MUTE_SECONDS, spanWords } from '../../lib/ui/choice-words';
import { safeName, t } from '../../lib/ui/text';
import type { ViewModel } from '../../lib/ui/view-model';
import type { ContactId, ContactView } from '../../lib/ui/views';
import { Menu, type MenuItem, type MenuSection } from '../parts/Menu';

function sectionsFor(model: ViewModel, contact: ContactView): readonly MenuSection[] {
  const { id, state, unread, isMarkedUnread, choices } = contact;
  const { isPinned, isArchived, isBlocked } = choices;
  const isMuted = isMutedNow(contact, model.now());
  const [shortest] = MUTE_SECONDS;
  const isUnread = unread > 0 || isMarkedUnread === true;
  const choose = (changed: Partial<ContactView['choices']>) => model.choose(id, changed);
  const reading: MenuItem = {
    id: 'mark',
    label: t(isUnread ? 'mark_read' : 'mark_unread'),
    icon: isUnread ? 'checks' : 'unread',
    onPress: () => model.mark(id, isUnread ? 'read' : 'unread'),
  };
  const muting: MenuItem = {
    id: 'mute',
    label: isMuted ? t('unmute_notices') : t('mute_for_now', spanWords(shortest)),
    icon: 'bell-off',
    onPress: () => choose({ mutedUntilMs: isMuted ? 0 : model.now() + shortest * 1000 }),
  };
  const placing: readonly MenuItem[] = [
    { id: 'pin', label: t(isPinned ? 'unpin' : 'pin'), icon: 'pin', onPress: () => choose({ isPinned: !isPinned }) },
    ...(state === 'self' ? [] : [muting]),
    { id: 'archive', label: t(isArchived ? 'unarchive' : 'archive'), icon: 'archive', onPress: () => choose({ isArchived: !isArchived }) },
  ];
  const more: MenuItem = {
    id: 'choices',
    label: t(state === 'self' ? 'notes_choices' : 'contact_choices'),
    icon: 'more',
    onPress: () => model.goToChoices(id),
  };
  return [
    { id: 'reading', items: isBlocked ? [] : [reading, ...placing] },
    { id: 'more', items: [more] },
  ];
}

interface Opened {
  readonly contactId: ContactId;
  readonly anchor: Element;
}

/** Opens it on a row; and the menu, to be drawn beside the list. Who has still to be answered is answered instead. */
export function useRowMenu(model: ViewModel): readonly [(contactId: ContactId, anchor: Element) => void, VNode | null] {
  const [opened, setOpened] = useState<Opened | null>(null);
  const contact = model.contacts.value.find(({ id }) => id === opened?.contactId);
  const open = (contactId: ContactId, anchor: Element) => {
    const state = model.contacts.peek().find(({ id }) => id === contactId)?.state;
    if (state === 'preview' || state === 'request') model.goToChoices(contactId);
    else setOpened({ contactId, anchor });
  };
  if (!opened || !contact) return [open, null];
  const label = t('row_menu', safeName(contact.name));
  return [
    open,
    <Menu key="menu" label={label} sections={sectionsFor(model, contact)} anchor={opened.anchor} onClose={() => setOpened(null)} />,
  ];
}
