/** What a page does in a conversation: writing, answering, changing, passing on, taking back, deleting. */
import type { ContactId, ContactView, MessageView, ReplyView, Routing, ViewCommand, ViewResult } from '../app/view';
import type { Expiry } from '../domain/choices';
import { createComposing } from './composing';
import type { Drafts } from './drafts';
import type { Topic } from './progress';
import type { Sending } from './sending';
import { createTyping } from './typing';
import type { Question } from './view-model';

export interface ChatPorts {
  ask(topic: Topic, question: Question): Promise<ViewResult>;
  say(command: ViewCommand): void;
  readonly drafts: Drafts;
  readonly sending: Sending;
  /** What is written is shown after the newest. */
  toNewest(): void;
  contact(contactId: ContactId): ContactView | undefined;
  now(): number;
}

/** The background takes no longer text. */
export const MAX_TEXT_CHARS = 20_000;
const EXCERPT_CHARS = 200;

function mayTell(contact: ContactView | undefined): boolean {
  return contact?.state === 'accepted' && contact.chosen.tellsTyping && !contact.choices.isBlocked;
}

function replyOf(message: MessageView | null): ReplyView | null {
  if (!message) return null;
  const { id, sequence, isMine, text } = message;
  return { kind: 'known', id, sequence, isMine, excerpt: text.slice(0, EXCERPT_CHARS) };
}

export function createChat({ ask, say, drafts, sending, toNewest, contact, now }: ChatPorts) {
  const composing = createComposing();
  const typing = createTyping({ say, now, mayTell: (contactId) => mayTell(contact(contactId)) });

  function draftFor(contactId: ContactId): string {
    const known = contact(contactId);
    return known ? drafts.of(known) : '';
  }

  function mustAsk(contactId: ContactId): boolean {
    const known = contact(contactId);
    return known?.state === 'accepted' && known.chosen.routing === 'ask' && composing.now(contactId).routing === null;
  }

  async function send(contactId: ContactId): Promise<void> {
    const text = draftFor(contactId);
    if (text.trim() === '') return;
    if (mustAsk(contactId)) {
      composing.change(contactId, { isAsking: true });
      return;
    }
    const written = composing.now(contactId);
    const { replyTo, routing, expiry } = written;
    toNewest();
    const answered = sending.send(
      {
        contactId,
        text,
        ...(routing === null ? {} : { routing }),
        ...(expiry === undefined ? {} : { expiry }),
        ...(replyTo === null ? {} : { replyTo: replyTo.id }),
      },
      replyOf(replyTo),
    );
    composing.reset(contactId);
    drafts.write(contactId, '');
    drafts.flush();
    typing.stopped();
    const result = await answered;
    if (result.ok) return;
    const meanwhile = draftFor(contactId);
    drafts.write(contactId, meanwhile === '' ? text : `${text}\n${meanwhile}`);
    drafts.flush();
    if (meanwhile === '') composing.change(contactId, { ...written, isAsking: result.code === 'routing-ask' });
  }

  async function saveEdit(contactId: ContactId): Promise<void> {
    const { editing } = composing.now(contactId);
    if (!editing || editing.text.trim() === '') return;
    typing.stopped();
    const { message, text } = editing;
    const isChanged = text !== message.text;
    const result: ViewResult = isChanged
      ? await ask('message', { kind: 'message.edit', contactId, messageId: message.id, text })
      : { ok: true };
    if (result.ok && composing.now(contactId).editing === editing) composing.change(contactId, { editing: null });
  }

  /** True when every one of them has been stored. */
  async function forward(message: MessageView, contactIds: readonly ContactId[], asked: Routing | null): Promise<boolean> {
    const results = contactIds.map((contactId) => {
      const isToAsk = contact(contactId)?.chosen.routing === 'ask' && contact(contactId)?.state === 'accepted';
      const routing = isToAsk && asked !== null ? { routing: asked } : {};
      return ask('forward', { kind: 'message.send', contactId, text: message.text, ...routing });
    });
    return (await Promise.all(results)).every(({ ok }) => ok);
  }

  const about = (contactId: ContactId, { id }: MessageView) => ({ contactId, messageId: id });

  return {
    composingOf: composing.of,
    textOf: (known: ContactView): string => composing.of(known.id).editing?.text ?? drafts.of(known),
    write(contactId: ContactId, text: string): void {
      const { editing } = composing.now(contactId);
      if (editing) composing.change(contactId, { editing: { ...editing, text } });
      else drafts.write(contactId, text);
      typing.wrote(contactId, text);
    },
    submit: (contactId: ContactId): Promise<void> => (composing.now(contactId).editing ? saveEdit(contactId) : send(contactId)),
    reply: (contactId: ContactId, message: MessageView) => composing.change(contactId, { replyTo: message, editing: null }),
    edit: (contactId: ContactId, message: MessageView) =>
      composing.change(contactId, { editing: { message, text: message.text }, replyTo: null, isAsking: false }),
    /** One level back: the question, the change or the answer is let go of. False when there is none. */
    leave(contactId: ContactId): boolean {
      const { isAsking, editing, replyTo } = composing.now(contactId);
      if (isAsking) composing.change(contactId, { isAsking: false });
      else if (editing || replyTo) composing.change(contactId, { editing: null, replyTo: null });
      return isAsking || editing !== null || replyTo !== null;
    },
    /** Where this message may wait: sends it. */
    answer(contactId: ContactId, routing: Routing): Promise<void> {
      composing.change(contactId, { routing, isAsking: false });
      return send(contactId);
    },
    routeOnce: (contactId: ContactId, routing: Routing | null) => composing.change(contactId, { routing }),
    expireOnce: (contactId: ContactId, expiry: Expiry | null | undefined) => composing.change(contactId, { expiry }),
    react: (contactId: ContactId, message: MessageView, emoji: string) =>
      void ask('message', { kind: 'message.react', ...about(contactId, message), emoji }),
    remove: (contactId: ContactId, message: MessageView, scope: 'me' | 'everyone') =>
      void ask('message', { kind: 'message.delete', contactId, messageIds: [message.id], scope }),
    takeBack: (contactId: ContactId, message: MessageView) =>
      void ask('message', { kind: 'message.take-back', ...about(contactId, message) }),
    reroute: (contactId: ContactId, message: MessageView, routing: Routing) =>
      void ask('message', { kind: 'message.routing', ...about(contactId, message), routing }),
    forward,
    left: typing.stopped,
    drop: composing.drop,
    clear: composing.clear,
  };
}
