/** What relays hold, and the connection test: asked for by the settings page, and shown until it is left. */
import { computed, signal } from '@preact/signals';
import type { ConnectionTestView, ContactId, ViewResult, WaitingView } from '../app/view';
import type { Progress, Topic } from './progress';
import type { Question } from './view-model';

export interface RelayPorts {
  ask(topic: Topic, question: Question): Promise<ViewResult>;
  progressOf(topic: Topic): Progress;
}

export type RelayControl = ReturnType<typeof createRelayControl>;

export function createRelayControl({ ask, progressOf }: RelayPorts) {
  const waiting = signal<readonly WaitingView[] | null>(null);
  const test = signal<ConnectionTestView | null>(null);

  async function look(): Promise<void> {
    const result = await ask('waiting', { kind: 'relay.look' });
    if (result.ok && result.waiting) waiting.value = result.waiting;
  }

  return {
    /** Null until it was looked at. */
    waiting: computed(() => waiting.value),
    test: computed(() => test.value),
    lookProgress: computed(() => progressOf('waiting')),
    testProgress: computed(() => progressOf('test')),
    look,
    async takeBack(contactIds: readonly ContactId[]): Promise<void> {
      const chosen = (waiting.peek() ?? []).filter(({ contactId }) => contactIds.includes(contactId));
      for (const { contactId, messages } of chosen)
        for (const { id } of messages) await ask('waiting', { kind: 'message.take-back', contactId, messageId: id });
      await look();
    },
    async runTest(): Promise<void> {
      test.value = null;
      const result = await ask('test', { kind: 'relay.test' });
      if (result.ok && result.test) test.value = result.test;
    },
  };
}
