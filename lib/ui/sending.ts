/** From the composer to a stored message: shown at once, replaced once, given back to the composer when refused. */
import { computed, signal } from '@preact/signals';
import type { CommandId, ContactId, ConversationView, MessageCommand, ViewResult } from '../app/view';
import { type Outgoing, stillOutgoing } from './outgoing';

export type Send = Extract<MessageCommand, { kind: 'message.send' }>;

export interface SendingPorts {
  ask(command: Send): Promise<ViewResult>;
  isShown(contactId: ContactId): boolean;
  now(): number;
  newId(): CommandId;
}

export function createSending({ ask, isShown, now, newId }: SendingPorts) {
  const outgoing = signal<readonly Outgoing[]>([]);

  return {
    outgoing: computed(() => outgoing.value),
    settle(conversation: ConversationView): void {
      outgoing.value = stillOutgoing(outgoing.peek(), conversation);
    },
    async send(send: Omit<Send, 'kind' | 'id'>, reply: Outgoing['reply']): Promise<ViewResult> {
      const { contactId, text } = send;
      const id = newId();
      outgoing.value = [...outgoing.peek(), { id, contactId, text, reply, sentAtMs: now() }];
      const result = await ask({ kind: 'message.send', id, ...send });
      // Stored and not shown here: the window that is fetched next holds it.
      if (!result.ok || !isShown(contactId)) outgoing.value = outgoing.peek().filter((message) => message.id !== id);
      return result;
    },
  };
}

export type Sending = ReturnType<typeof createSending>;
