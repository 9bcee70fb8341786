/** The pages that are open, and what each of them sees. Patches of one turn travel together under one revision. */
import { chosenFor } from '../domain/choices';
import { toHex } from '../protocol/bytes';
import { fingerprint } from '../protocol/fingerprint';
import type { Core } from './core';
import { movesTo } from './queues';
import { type ContactRecord, isOver } from './records';
import type {
  CommandId,
  ContactId,
  ContactView,
  InviteView,
  MessageView,
  ProfileView,
  View,
  ViewCommand,
  ViewFrame,
  ViewPatch,
  ViewResult,
} from './view';
import { readWindow } from './windows';

/** One page's end, as the hub keeps it. */
export interface Page {
  readonly send: (frame: ViewFrame) => void;
  conversation: ContactId | null;
  isVisible: boolean;
  /** And its window is the one that is looked at. */
  isFocused: boolean;
  /** False until its hello was answered: it gets no patches it could not place. */
  isGreeted: boolean;
}

export interface ViewHub {
  revision(): number;
  add(send: (frame: ViewFrame) => void): Page;
  remove(page: Page): void;
  greet(page: Page, hello: Extract<ViewCommand, { kind: 'hello' }>): Promise<void>;
  /** What every page shows may be of before. Never rejects. */
  renew(): Promise<void>;
  /** To every page. */
  patch(patches: readonly ViewPatch[]): void;
  contact(contactId: ContactId): void;
  message(contactId: ContactId, message: MessageView): void;
  messageGone(contactId: ContactId, messageId: string): void;
  /** Says what was held back of a flood. */
  flush(): void;
  /** To one page. */
  send(page: Page, patches: readonly ViewPatch[]): void;
  /** A window around a sequence; null: the newest. */
  showConversation(page: Page, contactId: ContactId | null, around: number | null): Promise<void>;
  result(page: Page, id: CommandId, result: ViewResult): void;
  /** A visible page shows this conversation now. */
  isShown(contactId: ContactId): boolean;
  /** And nothing needs to be said of it elsewhere. */
  isLookedAt(contactId: ContactId): boolean;
  /** The user has asked for it outside the pages: a visible one goes there, or the next that opens. True: one did. */
  leadTo(contactId: ContactId): boolean;
}

/** A page that opens later than this was not opened for it. */
const WANTED_MS = 15_000;

/** Of what comes one upon the other so many changes are shown at once: telling pages of each takes longer than storing it. */
const MOST_HELD = 32;

type MessagePatch = Extract<ViewPatch, { kind: 'message' | 'message-gone' }>;

function contactView(core: Core, contact: ContactRecord): ContactView {
  const { id, name, state, isOnline, lastSeenMs, direct, choices, told, unread, readUpTo, draft, waiting, last, addedAtMs } = contact;
  const isOpen = core.strings.openId(id) !== null;
  const isReachable = isOpen || (isOnline && core.rights.canWrite(contact.theirs));
  return {
    ...{ id, name, state, lastSeenMs, direct, choices, unread, readUpTo, draft, waiting, addedAtMs },
    isMarkedUnread: contact.isMarkedUnread ?? false,
    draftReplyTo: contact.draftOf?.replyTo ?? null,
    draftEdits: contact.draftOf?.edits ?? null,
    draftUnder: contact.draftOf?.under ?? '',
    chosen: chosenFor(choices, core.journal.settings),
    told: { reading: told.reading, typing: told.typing },
    movesTo: movesTo(contact),
    isTyping: core.typing.isShown(id),
    fingerprint: contact.fingerprint,
    changedFingerprint: contact.changed?.fingerprint ?? null,
    hasWeakKeys: contact.healed.isWeak ?? false,
    presence: isReachable ? 'online' : 'offline',
    string: core.strings.view(id),
    voice: core.voice.view(id),
    theirVoice: core.voice.isTheirs(id),
    last:
      last && !isOver(last, core.expiry.now()) ? { text: last.text, isMine: last.isMine, atMs: last.atMs, delivery: last.delivery } : null,
  };
}

export function profileView(core: Core): ProfileView | null {
  const { profile } = core.journal;
  return profile && { name: profile.name, fingerprint: fingerprint(core.identity().statement) };
}

export function inviteView(core: Core): InviteView | null {
  const now = core.world.clock.now();
  for (const { id, link, expiresAtMs, isOpen } of core.journal.invites.values())
    if (isOpen && expiresAtMs > now) return { id, link, expiresAtMs };
  return null;
}

export function createViewHub(core: Core): ViewHub {
  const { journal, world } = core;
  const pages = new Set<Page>();
  const epoch = toHex(world.random.bytes(8));
  let revision = 0;
  let changed = new Set<ContactId>();
  let messages: MessagePatch[] = [];
  let isFlushing = false;
  let held = 0;
  let wanted: { readonly contactId: ContactId; readonly untilMs: number } | null = null;

  function send(page: Page, patches: readonly ViewPatch[]): void {
    if (page.isGreeted) page.send({ kind: 'patch', revision, patches });
  }

  function flush(): void {
    if (held === 0) return;
    held = 0;
    const contactIds = changed;
    const written = messages;
    changed = new Set();
    messages = [];
    const contacts = [...contactIds].map((contactId): ViewPatch => {
      const contact = journal.contacts.get(contactId);
      return contact ? { kind: 'contact', contact: contactView(core, contact) } : { kind: 'contact-gone', contactId };
    });
    revision += 1;
    for (const page of pages) {
      // What is gone is gone from every page, also from what one has found.
      const shown = written.filter(({ contactId, kind }) => contactId === page.conversation || kind === 'message-gone');
      if (shown.length + contacts.length > 0) send(page, [...shown, ...contacts]);
    }
    core.notices.showBadge();
  }

  function flushSoon(): void {
    held += 1;
    if (isFlushing) return;
    isFlushing = true;
    void Promise.resolve().then(() => {
      isFlushing = false;
      if (!core.link.isBusy() || held >= MOST_HELD) flush();
    });
  }

  function lead(page: Page): boolean {
    if (!wanted || !page.isGreeted || !page.isVisible || world.clock.now() > wanted.untilMs) return false;
    page.send({ kind: 'show', contactId: wanted.contactId });
    wanted = null;
    return true;
  }

  const reported = (error: unknown): null => {
    world.report(error);
    return null;
  };

  async function sendSnapshot(page: Page, around: number | null): Promise<void> {
    const view = await snapshot(page, around);
    page.send({ kind: 'snapshot', epoch, revision, view });
  }

  async function snapshot(page: Page, around: number | null): Promise<View> {
    // The rest is in memory, and can be shown even while nothing can be read.
    const conversation = page.conversation ? await readWindow(core, page.conversation, around).catch(reported) : null;
    // From here to the send nothing awaits: no change falls between this snapshot and the first patch.
    return {
      profile: profileView(core),
      relay: core.relays.view(),
      contacts: [...journal.contacts.values()].map((contact) => contactView(core, contact)),
      invite: inviteView(core),
      conversation,
      shortcuts: world.shortcuts(),
      storage: core.health.view(),
      settings: journal.settings,
      isClockDoubted: core.expiry.isPaused(),
      hints: core.hints.known(),
    };
  }

  const hub: ViewHub = {
    revision: () => revision,
    add(sendFrame) {
      const page: Page = { send: sendFrame, conversation: null, isVisible: false, isFocused: false, isGreeted: false };
      pages.add(page);
      return page;
    },
    remove: (page) => void pages.delete(page),
    async greet(page, hello) {
      page.conversation = hello.conversation;
      page.isVisible = hello.isVisible;
      page.isFocused = hello.isFocused ?? hello.isVisible;
      const isCurrent = hello.epoch === epoch && hello.revision === revision;
      if (isCurrent) page.send({ kind: 'current', epoch, revision });
      else await sendSnapshot(page, hello.around ?? null);
      page.isGreeted = true;
      lead(page);
      if (page.conversation && page.isVisible) core.strings.consider(page.conversation);
    },
    async renew() {
      revision += 1;
      for (const page of pages) await sendSnapshot(page, null);
    },
    patch(patches) {
      if (patches.length === 0) return;
      revision += 1;
      for (const page of pages) send(page, patches);
    },
    contact(contactId) {
      changed.add(contactId);
      flushSoon();
    },
    message(contactId, message) {
      messages.push({ kind: 'message', contactId, message });
      if (message.deleted) core.notices.gone(contactId, message.id);
      flushSoon();
    },
    messageGone(contactId, messageId) {
      messages.push({ kind: 'message-gone', contactId, messageId });
      core.notices.gone(contactId, messageId);
      flushSoon();
    },
    flush,
    send,
    async showConversation(page, contactId, around) {
      page.conversation = contactId;
      const conversation = contactId ? await readWindow(core, contactId, around) : null;
      if (page.conversation === contactId) send(page, [{ kind: 'conversation', conversation }]);
    },
    result(page, id, result) {
      // What it has changed comes first.
      flush();
      page.send({ kind: 'result', id, result });
    },
    isShown(contactId) {
      for (const page of pages) if (page.isVisible && page.conversation === contactId) return true;
      return false;
    },
    isLookedAt(contactId) {
      for (const page of pages) if (page.isVisible && page.isFocused && page.conversation === contactId) return true;
      return false;
    },
    leadTo(contactId) {
      wanted = { contactId, untilMs: world.clock.now() + WANTED_MS };
      return [...pages].some(lead);
    },
  };
  return hub;
}
