/** From the composer to a stored message: shown at once, replaced once, given back to the composer when refused. */
import { computed, signal } from '@preact/signals';
import type { CommandId, ContactId, ContactView, ConversationView, ViewResult } from '../app/view';
import type { Drafts } from './drafts';
import { type Outgoing, stillOutgoing } from './outgoing';

export interface SendingPorts {
  readonly drafts: Drafts;
  ask(id: CommandId, contactId: ContactId, text: string): Promise<ViewResult>;
  contact(contactId: ContactId): ContactView | undefined;
  isShown(contactId: ContactId): boolean;
  now(): number;
  newId(): CommandId;
}

export function createSending({ drafts, ask, contact, isShown, now, newId }: SendingPorts) {
  const outgoing = signal<readonly Outgoing[]>([]);

  function draftFor(contactId: ContactId): string {
    const known = contact(contactId);
    return known ? drafts.of(known) : '';
  }

  function returnToDraft(contactId: ContactId, text: string): void {
    const written = draftFor(contactId);
    drafts.write(contactId, written === '' ? text : `${text}\n${written}`);
    drafts.flush();
  }

  return {
    outgoing: computed(() => outgoing.value),
    settle(conversation: ConversationView): void {
      outgoing.value = stillOutgoing(outgoing.peek(), conversation);
    },
    async send(contactId: ContactId): Promise<void> {
      const text = draftFor(contactId);
      if (text.trim() === '') return;
      const id = newId();
      outgoing.value = [...outgoing.peek(), { id, contactId, text, sentAtMs: now() }];
      const answered = ask(id, contactId, text);
      drafts.write(contactId, '');
      drafts.flush();
      const result = await answered;
      // Stored and not shown here: the window that is fetched next holds it.
      if (!result.ok || !isShown(contactId)) outgoing.value = outgoing.peek().filter((message) => message.id !== id);
      if (!result.ok) returnToDraft(contactId, text);
    },
  };
}
