/**
 * Everything a page shows and everything it may ask for. Knows the view contract; knows nothing of the DOM, the browser or
 * storage. Signals are private: computed values and actions come out.
 */
import { batch, computed, effect, signal, untracked } from '@preact/signals';
import type { CommandId, ContactId, ContactView, Hint, ViewCommand, ViewResult } from '../app/view';
import type { Authenticators } from '../bus/passkeys';
import { createArrival } from './arrival';
import { createBackupControl, type FileBytes } from './backup';
import { createChat } from './chat-control';
import { createChoosing } from './choosing';
import { createDeviceControl } from './device-control';
import { createDrafts } from './drafts';
import { inListOrder } from './list-order';
import { createMeeting } from './meeting';
import { type Aim, createMoving, type Sight } from './moving';
import { named, withNotes } from './notes';
import { withOutgoing } from './outgoing';
import { createPageClock } from './page-clock';
import { createPasskeyControl } from './passkey-control';
import { conversationAt, LIST, type Place, placeBefore, placeFor, settlePlace } from './place';
import { createProgressBoard, type Topic } from './progress';
import { createReading } from './reading';
import { createRelayControl } from './relay-control';
import { createSearching } from './searching';
import { createSending } from './sending';
import { createVanishing } from './vanishing';
import { type AskedCommand, createViewLine, type LinePorts } from './view-line';
import { applyFrame, freshFrom, newPort, type StateFrame, UNSEEN, type ViewState, withoutFar } from './view-state';
import { createVoiceControl, type VoiceCapture } from './voice-control';

export interface ViewPorts extends LinePorts {
  /** The page was shown, hidden or is about to go; or its window has or loses the focus. */
  onVisibility(listener: () => void): void;
  /** Absent: whoever sees it looks at it. */
  isFocused?(): boolean;
  now(): number;
  newId(): CommandId;
  readonly voiceCapture?: VoiceCapture;
  /** Where a page can ask for passkeys. */
  readonly authenticators?: Authenticators;
  /** Hands a file to the user, as the browser does a download. */
  saveFile(fileName: string, parts: readonly FileBytes[]): void;
}

export type ViewModel = ReturnType<typeof createView>;

/** An asked command without its id, which the model makes. */
export type Question = AskedCommand extends infer Each ? (Each extends AskedCommand ? Omit<Each, 'id'> : never) : never;

export function createView(ports: ViewPorts) {
  const state = signal<ViewState>(UNSEEN);
  const wanted = signal<Place>(LIST);
  const isVisible = signal(ports.isVisible());
  /** The sequence up to which messages have been on the screen. */
  const seenUpTo = signal(0);
  const isFocused = signal(ports.isFocused?.() ?? true);
  const clock = createPageClock(ports);
  const progress = createProgressBoard();

  const view = computed(() => state.value.view);
  const lock = computed(() => state.value.lock);
  const contacts = computed(() => (view.value?.contacts ?? []).map(named).sort(inListOrder));
  const place = computed(() => settlePlace(wanted.value, contacts.value));
  const contact = computed(() => {
    const here = place.value;
    return 'contactId' in here ? (contacts.value.find((candidate) => candidate.id === here.contactId) ?? null) : null;
  });
  const conversation = computed(() => {
    const window = view.value?.conversation;
    return window && window.contactId === conversationAt(place.value) ? window : null;
  });
  const vanishing = createVanishing({
    ...ports,
    isDoubted: () => view.value?.isClockDoubted === true,
    messages: () => conversation.value?.messages ?? [],
  });
  const messages = computed(() => (conversation.value ? vanishing.left(withOutgoing(conversation.value, sending.outgoing.value)) : null));

  const line = createViewLine(ports, {
    hello,
    onOpen: () => reading.repeat(view.peek()?.contacts ?? []),
    onFrame: take,
    isWaiting: () =>
      (view.peek() === null && lock.peek()?.isLocked !== true) ||
      (conversationAt(place.peek()) !== null && conversation.peek() === null) ||
      moving.isWaiting(),
  });
  const drafts = createDrafts({
    save: (contactId, draft) => line.ask({ kind: 'draft.save', id: ports.newId(), contactId, ...draft }),
    after: ports.after,
    contacts: () => view.peek()?.contacts ?? [],
  });

  const reading = createReading({ say: line.say, after: ports.after });
  const sending = createSending({
    ask: (command) => progress.follow('message', line.ask(command)),
    isShown: (contactId) => conversationAt(place.peek()) === contactId,
    now: ports.now,
    newId: ports.newId,
  });
  const moving = createMoving({ say: line.say, window: () => conversation.peek(), sight, after: ports.after });
  const arrival = createArrival();
  const chat = createChat({
    ...{ ask, say: line.say, drafts, sending, now: ports.now },
    contact: (contactId) => contacts.value.find(({ id }) => id === contactId),
    message: (contactId, id) =>
      (conversation.value?.contactId === contactId ? conversation.value.messages : []).find((each) => each.id === id),
    toNewest: moving.toNewest,
  });
  const searching = createSearching({
    async find(text, contactId, limit) {
      const result = await ask('search', { kind: 'search.find', text, contactId, limit });
      if (!result.ok || !result.found || contactId !== null) return result;
      return { ...result, found: withNotes(result.found, text, contacts.peek()) };
    },
    after: ports.after,
  });
  const voice = createVoiceControl({
    capture: ports.voiceCapture,
    start: (contactId) => ask('voice', { kind: 'voice.start', contactId }),
    say: line.say,
  });

  const backup = createBackupControl({ ...ports, ask: (question) => line.ask({ ...question, id: ports.newId() } as AskedCommand) });

  function sight(): Sight {
    return { isVisible: ports.isVisible(), ...(ports.isFocused?.() === false && { isFocused: false }) };
  }

  function hello(): ViewCommand {
    const { epoch, revision } = state.peek();
    state.value = newPort(state.peek());
    moving.loaded('both');
    const contactId = conversationAt(place.peek());
    return { kind: 'hello', epoch, revision, conversation: contactId, ...sight(), ...moving.at(contactId) };
  }

  const isAtEnd = () => seenUpTo.peek() === Number.POSITIVE_INFINITY;

  function contactOf(contactId: ContactId): ContactView | undefined {
    return view.peek()?.contacts.find((candidate) => candidate.id === contactId);
  }

  function take(frame: StateFrame): void {
    const wasLocked = lock.peek()?.isLocked === true;
    const before = lock.peek()?.activeProfileId ?? '';
    batch(() => {
      // In another profile nothing of where this page was exists.
      const isOther = frame.kind === 'lock' && before !== '' && frame.lock.activeProfileId !== before;
      if (isOther) wanted.value = LIST;
      if (isOther) backup.stopMaking();
      if (isOther || (frame.kind === 'lock' && frame.lock.isLocked)) {
        searching.clear();
        chat.clear();
      }
      state.value = withoutFar(applyFrame(state.peek(), frame), isAtEnd());
      const current = view.peek();
      if (!current) return;
      drafts.settle(current.contacts);
      if (current.conversation) sending.settle(current.conversation);
      refreshBefore(freshFrom(frame));
      // The state was current, but this page has moved on to another conversation since.
      if (frame.kind === 'current') askForWindow();
      for (const patch of frame.kind === 'patch' ? frame.patches : []) {
        if (patch.kind === 'earlier' || patch.kind === 'later') moving.loaded(patch.kind);
        if (patch.kind === 'message' && patch.message.deleted) chat.drop(patch.message.id);
        if (patch.kind !== 'message-gone') continue;
        searching.drop(patch.messageId);
        chat.drop(patch.messageId);
      }
    });
    if (frame.kind === 'show') goToContact(frame.contactId);
    if (frame.kind === 'lock' && wasLocked && !frame.lock.isLocked) line.say(hello());
  }

  /** Messages kept from before a fresh window may have moved on meanwhile: fetch them again, a window at a time. */
  function refreshBefore(from: number | null): void {
    const window = conversation.peek();
    const first = window?.messages[0]?.sequence ?? Number.POSITIVE_INFINITY;
    if (window && from !== null && first < from) line.say({ kind: 'conversation.earlier', contactId: window.contactId, before: from });
  }

  function askForWindow(): void {
    const contactId = conversationAt(place.peek());
    if (contactId !== null && conversation.peek() === null) moving.show(contactId, moving.around(contactId));
  }

  function askOnce(question: Question): Promise<ViewResult> {
    return line.ask({ ...question, id: ports.newId() } as AskedCommand);
  }

  function ask(topic: Topic, question: Question): Promise<ViewResult> {
    return progress.follow(topic, askOnce(question));
  }

  const mark = (contactId: ContactId, as: 'unread' | 'opened' | 'read') => void askOnce({ kind: 'conversation.mark', contactId, mark: as });

  const passkeys = createPasskeyControl({
    authenticators: ports.authenticators,
    lock: () => lock.peek(),
    follow: progress.follow,
    say: askOnce,
  });

  const relays = createRelayControl({ ask, progressOf: progress.of });

  function go(next: Place, aim: Aim | null = null): void {
    drafts.flush();
    chat.left();
    batch(() => {
      moving.aimAt(aim);
      wanted.value = next;
      if (next.kind === 'list' || next.kind === 'search') searching.within(next.kind === 'search' ? next.contactId : null);
      seenUpTo.value = 0;
      voice.forgetFailure();
      progress.clear();
    });
  }

  // The user is not the only one who moves a page: an answered request becomes a chat wherever it was answered.
  const shownId = computed(() => conversationAt(place.value));
  let saidId: ContactId | null = null;
  effect(() => {
    const contactId = shownId.value;
    if (contactId === saidId) return;
    saidId = contactId;
    untracked(() => {
      moving.opens(arrival.open((contactId !== null && contactOf(contactId)) || null));
      if (contactId !== null && contactOf(contactId)?.isMarkedUnread) mark(contactId, 'opened');
      // Leaving a conversation wakes nobody: the next hello says it too.
      if (contactId !== null || line.isOpen()) line.say({ kind: 'conversation.show', contactId, ...sight(), ...moving.at(contactId) });
    });
  });

  function goToChoices(contactId: ContactId): void {
    const known = contactOf(contactId);
    if (known) go(placeFor(known).kind === 'chat' ? { kind: 'contact', contactId } : placeFor(known));
  }

  function goToContact(contactId: ContactId): void {
    const known = contactOf(contactId);
    if (known) go(placeFor(known));
  }

  /** Opens its conversation there. */
  function goToMessage({ contactId, sequence }: Aim): void {
    const isOpen = saidId === contactId;
    go({ kind: 'chat', contactId }, { contactId, sequence });
    if (isOpen && moving.isWaiting()) moving.show(contactId, sequence);
  }

  /** Messages can really be seen: the page is visible and scrolled that far. */
  effect(() => {
    const window = conversation.value;
    const upTo = seenUpTo.value;
    if (!window || !isVisible.value || !isFocused.value || upTo === 0) return;
    untracked(() => reading.see(window, contactOf(window.contactId)?.readUpTo ?? 0, upTo));
  });

  ports.onVisibility(() => {
    const isNowVisible = ports.isVisible();
    const isTurned = isNowVisible !== isVisible.peek();
    isVisible.value = isNowVisible;
    isFocused.value = ports.isFocused?.() ?? true;
    clock.renew();
    if (!isNowVisible) {
      drafts.flush();
      chat.left();
    }
    if (line.isOpen()) line.say({ kind: 'conversation.show', contactId: conversationAt(place.peek()), ...sight() });
    else if (isNowVisible && isTurned) line.open();
  });

  line.open();

  return {
    view,
    lock,
    contacts,
    place,
    contact,
    conversation,
    messages,
    moving,
    searching,
    nowMs: clock.nowMs,
    now: () => ports.now(),
    progressOf: progress.of,
    chat,
    arrival: arrival.now,
    go,
    goToContact,
    goToChoices,
    goToMessage,
    mark,
    back: () => go(placeBefore(place.peek())),
    createIdentity: (name: string) => void ask('identity', { kind: 'identity.create', name }),
    setRelay: (url: string, access = '') => void ask('relay', { kind: 'relay.set', url, access }),
    ...createMeeting({ ask, place: () => place.peek(), go }),
    ...createChoosing({ ask, goTo: goToContact }),
    /** Infinity: to the end. */
    seen: (upTo: number) => {
      seenUpTo.value = upTo;
      if (isAtEnd()) state.value = withoutFar(state.peek(), true);
    },
    /** For what moves by itself: a countdown. */
    ticking: { now: ports.now, after: ports.after },
    believeClock: () => void line.ask({ kind: 'clock.believe', id: ports.newId() }),
    learn: (hint: Hint) => void line.ask({ kind: 'hint.known', id: ports.newId(), hint }),
    lookAtStorage: () => void line.ask({ kind: 'storage.look', id: ports.newId() }),
    ...createDeviceControl({ ask, passkeys, saveDrafts: drafts.flush }),
    backup,
    relays,
    ...voice,
  };
}
