/** What the background last said. Pure: a frame and the state before it give the state after. */
import type { ContactView, ConversationView, LockView, MessageView, ReplyView, View, ViewFrame, ViewPatch } from '../app/view';
import { firstLetters, REPLY_LETTERS } from '../domain/excerpt';

export interface ViewState {
  readonly epoch: string | null;
  readonly revision: number;
  /** Null until the background has said. */
  readonly lock: LockView | null;
  readonly view: View | null;
  /** This port has named its epoch. Until then its patches belong to a state this page may not have. */
  readonly isGreeted: boolean;
}

export const UNSEEN: ViewState = { epoch: null, revision: 0, lock: null, view: null, isGreeted: false };

export type StateFrame = Exclude<ViewFrame, { kind: 'result' }>;

/** Of so many drawn messages a slow machine still scrolls smoothly; those furthest from the reader are let go of beyond. */
const MOST_MESSAGES = 400;
/** For a reader at the end, who sees no more than a screen of them, while each new one has the browser place all others again. */
const MOST_AT_END = 150;
const LEAST_AT_END = 100;

/** By sequence, each id once; `newer` wins. */
function mergeMessages(older: readonly MessageView[], newer: readonly MessageView[]): readonly MessageView[] {
  const byId = new Map(older.map((message) => [message.id, message]));
  for (const message of newer) byId.set(message.id, message);
  return [...byId.values()].sort((a, b) => a.sequence - b.sequence);
}

/** A conversation that grows at its end or changes in place, as it nearly always does, is not sorted anew. */
function mergeMessage(messages: readonly MessageView[], message: MessageView): readonly MessageView[] {
  const at = messages.findLastIndex(({ id }) => id === message.id);
  if (at === -1 && message.sequence > (messages.at(-1)?.sequence ?? 0)) return [...messages, message];
  return messages[at]?.sequence === message.sequence ? messages.with(at, message) : mergeMessages(messages, [message]);
}

/**
 * A fresh window of the newest messages. Earlier ones that the user has scrolled to stay, as long as the two windows touch,
 * so that a background that woke up does not pull the page from under a reader.
 */
function renewWindow(before: ConversationView | null, after: ConversationView | null): ConversationView | null {
  if (!before || !after || before.contactId !== after.contactId) return after;
  const from = after.messages[0]?.sequence;
  const reached = before.messages.at(-1)?.sequence;
  if (from === undefined || reached === undefined || reached < from) return after;
  const earlier = before.messages.filter((message) => message.sequence < from);
  if (earlier.length === 0) return after;
  return { ...after, messages: [...earlier, ...after.messages], hasEarlier: before.hasEarlier };
}

function withContact(contacts: readonly ContactView[], contact: ContactView): readonly ContactView[] {
  const isKnown = contacts.some((known) => known.id === contact.id);
  return isKnown ? contacts.map((known) => (known.id === contact.id ? contact : known)) : [...contacts, contact];
}

const firstOf = ({ messages }: ConversationView): number => messages[0]?.sequence ?? Number.POSITIVE_INFINITY;
const lastOf = ({ messages }: ConversationView): number => messages.at(-1)?.sequence ?? 0;

/** What was asked for by a window that has been left since would leave a gap. */
function holds(conversation: ConversationView, sequence: number): boolean {
  return conversation.messages.length === 0 || (sequence >= firstOf(conversation) && sequence <= lastOf(conversation));
}

function prepend(conversation: ConversationView, patch: Extract<ViewPatch, { kind: 'earlier' }>): ConversationView {
  if (!holds(conversation, patch.before)) return conversation;
  const first = firstOf(conversation);
  const reachesBack = (patch.messages[0]?.sequence ?? first) <= first;
  const messages = mergeMessages(conversation.messages, patch.messages);
  return {
    ...conversation,
    messages: messages.slice(0, MOST_MESSAGES),
    hasEarlier: reachesBack ? patch.hasEarlier : conversation.hasEarlier,
    hasLater: conversation.hasLater || messages.length > MOST_MESSAGES,
  };
}

function append(conversation: ConversationView, patch: Extract<ViewPatch, { kind: 'later' }>): ConversationView {
  if (!holds(conversation, patch.after)) return conversation;
  const last = lastOf(conversation);
  const reachesOn = (patch.messages.at(-1)?.sequence ?? patch.after) >= last;
  const messages = mergeMessages(conversation.messages, patch.messages);
  return {
    ...conversation,
    messages: messages.slice(-MOST_MESSAGES),
    hasEarlier: conversation.hasEarlier || messages.length > MOST_MESSAGES,
    hasLater: reachesOn ? patch.hasLater : conversation.hasLater,
  };
}

/** Of messages that lie beyond the window's ends only those next to it are its own: no others are missing between. */
function renewMessage(conversation: ConversationView, message: MessageView): ConversationView {
  const isBefore = conversation.hasEarlier && message.sequence < firstOf(conversation);
  const isAfter = conversation.hasLater && message.sequence > lastOf(conversation);
  if (isBefore || isAfter) return withAnswers(conversation, message.id, message.text);
  const known = conversation.messages.find(({ id }) => id === message.id);
  const shown = { ...message, reply: message.reply ?? (message.text === '' ? null : (known?.reply ?? null)) };
  return withAnswers({ ...conversation, messages: mergeMessage(conversation.messages, shown) }, message.id, message.text);
}

/** Answers follow what becomes of the message they answer; '': it is gone. */
function withAnswers(conversation: ConversationView, id: string, text: string): ConversationView {
  const isAnswer = ({ reply }: MessageView) => reply?.kind === 'known' && reply.id === id;
  if (!conversation.messages.some(isAnswer)) return conversation;
  const reply = ({ reply: known }: MessageView): ReplyView | null =>
    known?.kind === 'known' && text !== '' ? { ...known, excerpt: firstLetters(text, REPLY_LETTERS) } : { kind: 'gone' };
  const messages = conversation.messages.map((message) => (isAnswer(message) ? { ...message, reply: reply(message) } : message));
  return { ...conversation, messages };
}

export function applyPatch(view: View, patch: ViewPatch): View {
  const { conversation } = view;
  switch (patch.kind) {
    case 'profile':
      return { ...view, profile: patch.profile };
    case 'relay':
      return { ...view, relay: patch.relay };
    case 'invite':
      return { ...view, invite: patch.invite };
    case 'storage':
      return { ...view, storage: patch.storage };
    case 'clock':
      return { ...view, isClockDoubted: patch.isDoubted };
    case 'hints':
      return { ...view, hints: patch.hints };
    case 'settings':
      return { ...view, settings: patch.settings };
    case 'contact':
      return { ...view, contacts: withContact(view.contacts, patch.contact) };
    case 'contact-gone':
      return { ...view, contacts: view.contacts.filter((contact) => contact.id !== patch.contactId) };
    case 'conversation':
      return { ...view, conversation: renewWindow(conversation, patch.conversation) };
    case 'earlier':
      return conversation?.contactId === patch.contactId ? { ...view, conversation: prepend(conversation, patch) } : view;
    case 'later':
      return conversation?.contactId === patch.contactId ? { ...view, conversation: append(conversation, patch) } : view;
    case 'message':
      return conversation?.contactId === patch.contactId ? { ...view, conversation: renewMessage(conversation, patch.message) } : view;
    case 'message-gone': {
      if (conversation?.contactId !== patch.contactId) return view;
      const messages = conversation.messages.filter(({ id }) => id !== patch.messageId);
      return { ...view, conversation: withAnswers({ ...conversation, messages }, patch.messageId, '') };
    }
    default:
      return patch satisfies never;
  }
}

function withWindow(state: ViewState, change: (conversation: ConversationView) => ConversationView): ViewState {
  const conversation = state.view?.conversation;
  if (!state.view || !conversation) return state;
  const changed = change(conversation);
  return changed === conversation ? state : { ...state, view: { ...state.view, conversation: changed } };
}

/** For a reader who is at the end: what has come since may have made the window long. Not at each message, but many at once. */
function withoutOld(conversation: ConversationView): ConversationView {
  if (conversation.hasLater || conversation.messages.length <= MOST_AT_END) return conversation;
  return { ...conversation, messages: conversation.messages.slice(-LEAST_AT_END), hasEarlier: true };
}

/** For a reader who is further up: the newest are there when they come down. */
function withoutNew(conversation: ConversationView): ConversationView {
  if (conversation.messages.length <= MOST_MESSAGES) return conversation;
  return { ...conversation, messages: conversation.messages.slice(0, MOST_MESSAGES), hasLater: true };
}

/** Lets go of what has become too far from the reader. */
export function withoutFar(state: ViewState, isAtEnd: boolean): ViewState {
  return withWindow(state, isAtEnd ? withoutOld : withoutNew);
}

/** Where the messages begin that this frame brought in one piece; null when it brought none. */
export function freshFrom(frame: StateFrame): number | null {
  if (frame.kind === 'snapshot') return frame.view.conversation?.messages[0]?.sequence ?? null;
  if (frame.kind !== 'patch') return null;
  for (const patch of frame.patches) {
    if (patch.kind === 'conversation') return patch.conversation?.messages[0]?.sequence ?? null;
    if (patch.kind === 'earlier') return patch.messages[0]?.sequence ?? null;
  }
  return null;
}

/** A new port: what is shown stays, but patches wait for the greeting. */
export function newPort(state: ViewState): ViewState {
  return { ...state, isGreeted: false };
}

/** Returns `state` itself for a frame that does not belong to it. */
export function applyFrame(state: ViewState, frame: StateFrame): ViewState {
  switch (frame.kind) {
    case 'lock':
      // Of what was shown before the lock nothing stays in this page.
      return frame.lock.isLocked ? { ...UNSEEN, lock: frame.lock } : { ...state, lock: frame.lock };
    case 'snapshot': {
      const conversation = renewWindow(state.view?.conversation ?? null, frame.view.conversation);
      return { ...state, epoch: frame.epoch, revision: frame.revision, view: { ...frame.view, conversation }, isGreeted: true };
    }
    case 'current':
      return frame.epoch === state.epoch && state.view ? { ...state, revision: frame.revision, isGreeted: true } : state;
    case 'patch':
      if (!state.isGreeted || !state.view || frame.revision < state.revision) return state;
      return { ...state, revision: frame.revision, view: frame.patches.reduce(applyPatch, state.view) };
    case 'show':
      return state;
    default:
      return frame satisfies never;
  }
}
