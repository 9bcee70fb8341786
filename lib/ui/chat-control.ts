/** What a page does in a conversation: writing, answering, changing, passing on, taking back, deleting. */
import type { ContactId, ContactView, MessageView, ReplyView, Routing, ViewCommand, ViewResult } from '../app/view';
import type { Expiry } from '../domain/choices';
import { type About, type Composing, createComposing } from './composing';
import { beneath, type Draft, type Drafts, NO_DRAFT } from './drafts';
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
  /** Reads a signal: of the window that is open. */
  message(contactId: ContactId, messageId: string): MessageView | undefined;
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

/** To what has been begun since: before it, or beneath it while that is a change. */
function givenBack(text: string, since: Draft): Draft {
  const join = (begun: string) => (begun === '' ? text : `${text}\n${begun}`);
  return since.edits === null ? { ...since, text: join(since.text) } : { ...since, under: join(since.under) };
}

export function createChat({ ask, say, drafts, sending, toNewest, contact, message: shown, now }: ChatPorts) {
  const composing = createComposing();
  const typing = createTyping({ say, now, mayTell: (contactId) => mayTell(contact(contactId)) });
  /** What was pressed on: the window may move on from it. */
  const pressed = new Map<string, MessageView>();

  function draftOf(contactId: ContactId): Draft {
    const known = contact(contactId);
    return known ? drafts.of(known) : NO_DRAFT;
  }

  /** Kept at once: the page may close before the next letter. */
  function keep(contactId: ContactId, draft: Draft): void {
    drafts.write(contactId, draft);
    drafts.flush();
  }

  function about(contactId: ContactId, messageId: string | null): About | null {
    if (messageId === null) return null;
    const message = shown(contactId, messageId) ?? pressed.get(messageId) ?? null;
    return message?.deleted ? null : { id: messageId, message };
  }

  function composingOf(contactId: ContactId): Composing {
    const { replyTo, edits } = draftOf(contactId);
    return { ...composing.of(contactId), replyTo: edits === null ? about(contactId, replyTo) : null, editing: about(contactId, edits) };
  }

  function mustAsk(contactId: ContactId): boolean {
    const known = contact(contactId);
    return known?.state === 'accepted' && known.chosen.routing === 'ask' && composing.now(contactId).routing === null;
  }

  async function send(contactId: ContactId): Promise<void> {
    const draft = draftOf(contactId);
    const { text } = draft;
    if (text.trim() === '') return;
    if (mustAsk(contactId)) {
      composing.change(contactId, { isAsking: true });
      return;
    }
    const wishes = composing.now(contactId);
    const { routing, expiry } = wishes;
    const { replyTo } = composingOf(contactId);
    toNewest();
    const answered = sending.send(
      {
        contactId,
        text,
        ...(routing === null ? {} : { routing }),
        ...(expiry === undefined ? {} : { expiry }),
        ...(replyTo === null ? {} : { replyTo: replyTo.id }),
      },
      replyOf(replyTo?.message ?? null),
    );
    composing.reset(contactId);
    keep(contactId, NO_DRAFT);
    typing.stopped();
    const result = await answered;
    if (result.ok) return;
    const meanwhile = draftOf(contactId);
    const isEmpty = meanwhile.text === '' && meanwhile.replyTo === null && meanwhile.edits === null;
    if (isEmpty) composing.change(contactId, { ...wishes, isAsking: result.code === 'routing-ask' });
    keep(contactId, isEmpty ? draft : givenBack(text, meanwhile));
  }

  async function saveEdit(contactId: ContactId, draft: Draft, messageId: string): Promise<void> {
    const { text } = draft;
    if (text.trim() === '') return;
    typing.stopped();
    drafts.flush();
    const isChanged = text !== about(contactId, messageId)?.message?.text;
    const result: ViewResult = isChanged ? await ask('message', { kind: 'message.edit', contactId, messageId, text }) : { ok: true };
    const since = draftOf(contactId);
    if (result.ok && since.edits === messageId && since.text === text) keep(contactId, beneath(since));
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

  const of = (contactId: ContactId, { id }: MessageView) => ({ contactId, messageId: id });

  return {
    /** Reads signals. */
    composingOf,
    textOf: (known: ContactView): string => drafts.of(known).text,
    write(contactId: ContactId, text: string): void {
      drafts.write(contactId, { ...draftOf(contactId), text });
      typing.wrote(contactId, text);
    },
    submit(contactId: ContactId): Promise<void> {
      const draft = draftOf(contactId);
      return draft.edits === null ? send(contactId) : saveEdit(contactId, draft, draft.edits);
    },
    reply(contactId: ContactId, message: MessageView): void {
      pressed.set(message.id, message);
      keep(contactId, { ...beneath(draftOf(contactId)), replyTo: message.id });
    },
    edit(contactId: ContactId, message: MessageView): void {
      pressed.set(message.id, message);
      composing.change(contactId, { isAsking: false });
      const { text, replyTo } = beneath(draftOf(contactId));
      keep(contactId, { text: message.text, edits: message.id, under: text, replyTo });
    },
    /** One level back: the question, the change or the answer is let go of. False when there is none. */
    leave(contactId: ContactId): boolean {
      const draft = draftOf(contactId);
      const { isAsking } = composing.now(contactId);
      if (isAsking) composing.change(contactId, { isAsking: false });
      else if (draft.edits !== null) keep(contactId, beneath(draft));
      else if (draft.replyTo !== null) keep(contactId, { ...draft, replyTo: null });
      return isAsking || draft.edits !== null || draft.replyTo !== null;
    },
    /** Where this message may wait: sends it. */
    answer(contactId: ContactId, routing: Routing): Promise<void> {
      composing.change(contactId, { routing, isAsking: false });
      return send(contactId);
    },
    routeOnce: (contactId: ContactId, routing: Routing | null) => composing.change(contactId, { routing }),
    expireOnce: (contactId: ContactId, expiry: Expiry | null | undefined) => composing.change(contactId, { expiry }),
    react: (contactId: ContactId, message: MessageView, emoji: string) =>
      void ask('message', { kind: 'message.react', ...of(contactId, message), emoji }),
    remove: (contactId: ContactId, message: MessageView, scope: 'me' | 'everyone') =>
      void ask('message', { kind: 'message.delete', contactId, messageIds: [message.id], scope }),
    takeBack: (contactId: ContactId, message: MessageView) => void ask('message', { kind: 'message.take-back', ...of(contactId, message) }),
    reroute: (contactId: ContactId, message: MessageView, routing: Routing) =>
      void ask('message', { kind: 'message.routing', ...of(contactId, message), routing }),
    forward,
    left: typing.stopped,
    drop: drafts.drop,
    clear(): void {
      composing.clear();
      pressed.clear();
    },
  };
}
