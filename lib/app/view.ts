/**
 * UI ⇄ background. The first frame down is a snapshot with a revision, then patches. Commands carry an id made by the UI;
 * their result arrives as a frame, and again if the same id is sent again. A page that comes back says which revision it
 * has and gets a snapshot only if something changed since.
 */

import type { Channel } from '../bus/channel';
import type { Choices, Chosen, Settings } from '../domain/choices';
import type { Delivery } from '../domain/delivery';
import type { ViewErrorCode } from './errors';
import type { Hint } from './hints';
import type { CommandId, ContactId } from './ids';
import type { StringCause } from './link';
import type { BackupCommand, BackupPart, RestoreCommand, RestoreView } from './view-backup';
import type { FrontCommand, LockView } from './view-lock';
import type { ChoiceCommand, MessageCommand, MessageView } from './view-messages';
import type { ConnectionTestView, RelayCommand, WaitingView } from './view-relays';
import type { StorageView } from './view-storage';

export type { ViewErrorCode } from './errors';
export type { Hint } from './hints';
export type { CommandId, ContactId } from './ids';
export type { StringCause } from './link';
export type { Passkey } from './ports';
export type { BackupCommand, RestoreCommand, RestoreView } from './view-backup';
export type { LockView, ProtectWish } from './view-lock';
export type { MessageCommand, MessageView, ReplyView, Routing } from './view-messages';
export type { ConnectionTestView, WaitingView } from './view-relays';
export type { StorageView } from './view-storage';

export type Direct = 'allowed' | 'denied';
export interface ProfileView {
  readonly name: string;
  /** 32 hex digits of the identity's fingerprint: for a colour and for comparing by eye. */
  readonly fingerprint: string;
}

export type RelayView =
  | { readonly kind: 'none' }
  | { readonly kind: 'connecting'; readonly url: string }
  | { readonly kind: 'open'; readonly url: string }
  /** Retries by itself at `retryAtMs`, except when `cause` is 'replaced'. */
  | {
      readonly kind: 'offline';
      readonly url: string;
      readonly cause: 'unreachable' | 'refused' | 'draining' | 'replaced';
      readonly retryAtMs: number;
    };

export type StringView =
  | { readonly kind: 'closed' }
  /** `after`: why the try before this one did not connect; null when there was none. */
  | { readonly kind: 'opening'; readonly sinceMs: number; readonly after: StringCause | null }
  | { readonly kind: 'open'; readonly sinceMs: number; readonly rttMs: number | null }
  /** The last try did not connect. */
  | { readonly kind: 'failed'; readonly cause: StringCause; readonly atMs: number };

export type VoiceView =
  | { readonly kind: 'off' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'on'; readonly isMuted: boolean; readonly hearsThem: boolean }
  | { readonly kind: 'failed'; readonly cause: 'permission' | 'no-microphone' | 'no-string' };

export type ContactState =
  /** An invite taken by this user, not yet confirmed: nothing has been sent. */
  | 'preview'
  /** Confirmed by this user; the other has not accepted yet. */
  | 'requested'
  /** Somebody used this user's invite and waits for an answer. */
  | 'request'
  | 'accepted'
  /** Nobody else: notes to oneself. */
  | 'self';

export interface ContactView {
  readonly id: ContactId;
  readonly name: string;
  readonly fingerprint: string;
  /** Of another identity that answers in the contact's place: nothing is sent until `contact.identity` accepts it. */
  readonly changedFingerprint: string | null;
  /** Their one-time keys had run out when the keys were agreed anew: until they answer, a thief of their device could read what is sent. */
  readonly hasWeakKeys: boolean;
  readonly state: ContactState;
  readonly presence: 'online' | 'offline';
  readonly lastSeenMs: number | null;
  readonly string: StringView;
  readonly voice: VoiceView;
  /** The contact has opened their microphone to this user (heard only while this user's voice is on too). */
  readonly theirVoice: boolean;
  readonly direct: { readonly mine: Direct | null; readonly theirs: Direct | null };
  readonly choices: Choices;
  /** What comes of the choices and the settings. */
  readonly chosen: Chosen;
  /** What they let this user know. */
  readonly told: { readonly reading: boolean; readonly typing: boolean };
  readonly isTyping: boolean;
  /** This user's new relay, while the contact has not confirmed it yet. */
  readonly movesTo: string | null;
  readonly unread: number;
  /** By the user, to be looked at again. */
  readonly isMarkedUnread?: boolean;
  /** Everything up to this sequence has been seen. */
  readonly readUpTo: number;
  readonly draft: string;
  /** Ids of the message that the draft answers, and of the one that it is to take the place of. */
  readonly draftReplyTo?: string | null;
  readonly draftEdits?: string | null;
  /** What was being written before a draft that edits, and is again after it; what that answers is `draftReplyTo`. */
  readonly draftUnder?: string;
  /** Outgoing messages not yet held or delivered. */
  readonly waiting: number;
  readonly last: { readonly text: string; readonly isMine: boolean; readonly atMs: number; readonly delivery: Delivery | null } | null;
  readonly addedAtMs: number;
}

export interface ConversationView {
  readonly contactId: ContactId;
  /** Oldest first, a window without gaps. */
  readonly messages: readonly MessageView[];
  readonly hasEarlier: boolean;
  /** The newest messages are not in it: those that come meanwhile are none of its. */
  readonly hasLater: boolean;
}

/** A message in which every word looked for begins a word. */
export interface HitView {
  readonly contactId: ContactId;
  readonly id: string;
  readonly sequence: number;
  readonly isMine: boolean;
  /** When this device stored it. */
  readonly atMs: number;
  /** A line of the text around the first word found. */
  readonly excerpt: readonly { readonly text: string; readonly isMatch: boolean }[];
}

export interface FoundView {
  /** Whose names match, where everybody was looked through. */
  readonly people: readonly ContactId[];
  /** Newest first. */
  readonly hits: readonly HitView[];
  readonly hasMore: boolean;
  /** Older messages have not all been read for searching yet: asked again later, there may be more. */
  readonly isPartial: boolean;
}

export interface InviteView {
  readonly id: string;
  readonly link: string;
  readonly expiresAtMs: number;
}

export interface View {
  /** Null before the first run's name. */
  readonly profile: ProfileView | null;
  readonly relay: RelayView;
  readonly contacts: readonly ContactView[];
  /** The open invite being shown, made on demand. */
  readonly invite: InviteView | null;
  /** The window this page has open. */
  readonly conversation: ConversationView | null;
  /** Shortcuts as the browser has assigned them; an empty string is unassigned. */
  readonly shortcuts: Readonly<Record<string, string>>;
  /** Null until it was looked at. */
  readonly storage: StorageView | null;
  readonly settings: Settings;
  /** The clock has leapt ahead: messages that are over are kept until it is believed. */
  readonly isClockDoubted: boolean;
  /** What the user has been told and need not be told again. */
  readonly hints: readonly Hint[];
}

export type ViewResult =
  | {
      readonly ok: true;
      readonly contactId?: ContactId;
      readonly found?: FoundView;
      /** What relays hold of this user's. */
      readonly waiting?: readonly WaitingView[];
      readonly test?: ConnectionTestView;
      /** Of a backup that is being made. */
      readonly part?: BackupPart;
      /** What is in a backup that was read to its end. */
      readonly restore?: RestoreView;
    }
  | { readonly ok: false; readonly code: ViewErrorCode };

/** What a page asks for. `hello` is first on every port. */
export type ViewCommand =
  | {
      readonly kind: 'hello';
      readonly epoch: string | null;
      readonly revision: number;
      readonly conversation: ContactId | null;
      /** The sequence its window is to be opened around; absent: at the newest. */
      readonly around?: number;
      readonly isVisible: boolean;
      /** Its window has the focus. Absent: as `isVisible`. */
      readonly isFocused?: boolean;
    }
  | { readonly kind: 'identity.create'; readonly id: CommandId; readonly name: string }
  /** `access`: the relay's password or a token; '' keeps what is known for this address. */
  | { readonly kind: 'relay.set'; readonly id: CommandId; readonly url: string; readonly access: string }
  /** Shows the open invite, making one if there is none. */
  | { readonly kind: 'invite.show'; readonly id: CommandId }
  | { readonly kind: 'invite.cancel'; readonly id: CommandId }
  /** Takes an invite from pasted text; the result names a contact in state 'preview'. */
  | { readonly kind: 'invite.take'; readonly id: CommandId; readonly text: string }
  /** Confirms a 'preview' or accepts a 'request', with the choice whether to connect directly. */
  | { readonly kind: 'contact.accept'; readonly id: CommandId; readonly contactId: ContactId; readonly direct: Direct }
  /** Forgets an accepted contact, the conversation, and all else of theirs. */
  | { readonly kind: 'contact.remove'; readonly id: CommandId; readonly contactId: ContactId }
  /** Forgets a 'preview' or a 'request'. */
  | { readonly kind: 'contact.decline'; readonly id: CommandId; readonly contactId: ContactId }
  | { readonly kind: 'contact.direct'; readonly id: CommandId; readonly contactId: ContactId; readonly direct: Direct }
  /** Takes the changed identity with this fingerprint for the contact's. */
  | { readonly kind: 'contact.identity'; readonly id: CommandId; readonly contactId: ContactId; readonly fingerprint: string }
  | MessageCommand
  | ChoiceCommand
  /**
   * Opens a window on a conversation for this page (null: back to the list). `isVisible` is false while the page is hidden.
   * `around` a sequence, or null for the newest, moves the window of a conversation that is open already.
   */
  | {
      readonly kind: 'conversation.show';
      readonly contactId: ContactId | null;
      readonly isVisible: boolean;
      readonly isFocused?: boolean;
      readonly around?: number | null;
    }
  | { readonly kind: 'conversation.earlier'; readonly contactId: ContactId; readonly before: number }
  | { readonly kind: 'conversation.later'; readonly contactId: ContactId; readonly after: number }
  /**
   * Looks through the messages of one contact, or of all and their names. The result has `found`, with up to `limit` hits,
   * unless this page has asked anew meanwhile.
   */
  | {
      readonly kind: 'search.find';
      readonly id: CommandId;
      readonly text: string;
      readonly contactId: ContactId | null;
      readonly limit: number;
    }
  /** Everything up to this sequence has been seen. */
  | { readonly kind: 'conversation.read'; readonly contactId: ContactId; readonly upTo: number }
  /** To look unread until it is opened; that it was; or all of it read. */
  | {
      readonly kind: 'conversation.mark';
      readonly id: CommandId;
      readonly contactId: ContactId;
      readonly mark: 'unread' | 'opened' | 'read';
    }
  | {
      readonly kind: 'draft.save';
      readonly id: CommandId;
      readonly contactId: ContactId;
      readonly text: string;
      readonly replyTo?: string | null;
      readonly edits?: string | null;
      readonly under?: string;
    }
  | { readonly kind: 'voice.start'; readonly id: CommandId; readonly contactId: ContactId }
  | { readonly kind: 'voice.stop'; readonly contactId: ContactId }
  | { readonly kind: 'voice.mute'; readonly isMuted: boolean }
  | BackupCommand
  | RestoreCommand
  /** Somebody wants to see how the storage stands. */
  | RelayCommand
  | { readonly kind: 'hint.known'; readonly id: CommandId; readonly hint: Hint }
  | { readonly kind: 'storage.look'; readonly id: CommandId }
  | FrontCommand;

export type ViewPatch =
  | { readonly kind: 'profile'; readonly profile: ProfileView }
  | { readonly kind: 'relay'; readonly relay: RelayView }
  | { readonly kind: 'invite'; readonly invite: InviteView | null }
  | { readonly kind: 'storage'; readonly storage: StorageView }
  | { readonly kind: 'settings'; readonly settings: Settings }
  | { readonly kind: 'clock'; readonly isDoubted: boolean }
  | { readonly kind: 'hints'; readonly hints: readonly Hint[] }
  /** Added or changed. */
  | { readonly kind: 'contact'; readonly contact: ContactView }
  | { readonly kind: 'contact-gone'; readonly contactId: ContactId }
  /** Replaces this page's window. */
  | { readonly kind: 'conversation'; readonly conversation: ConversationView | null }
  /** The messages next before this sequence, for a window that begins there or holds it. */
  | {
      readonly kind: 'earlier';
      readonly contactId: ContactId;
      readonly before: number;
      readonly messages: readonly MessageView[];
      readonly hasEarlier: boolean;
    }
  /** Those next after it. */
  | {
      readonly kind: 'later';
      readonly contactId: ContactId;
      readonly after: number;
      readonly messages: readonly MessageView[];
      readonly hasLater: boolean;
    }
  /** Added or changed, only for the conversation this page shows; it may lie outside the window. */
  | { readonly kind: 'message'; readonly contactId: ContactId; readonly message: MessageView }
  | { readonly kind: 'message-gone'; readonly contactId: ContactId; readonly messageId: string };

export type ViewFrame =
  /** Before anything else on a port, and whenever it changes. From locked to not, the page says `hello` again. */
  | { readonly kind: 'lock'; readonly lock: LockView }
  | { readonly kind: 'snapshot'; readonly epoch: string; readonly revision: number; readonly view: View }
  /** Nothing changed since the revision the page named. */
  | { readonly kind: 'current'; readonly epoch: string; readonly revision: number }
  | { readonly kind: 'patch'; readonly revision: number; readonly patches: readonly ViewPatch[] }
  /** The user has asked for this conversation outside the pages. */
  | { readonly kind: 'show'; readonly contactId: ContactId }
  | { readonly kind: 'result'; readonly id: CommandId; readonly result: ViewResult };

/** As a page sees it. */
export type ViewChannel = Channel<ViewFrame, ViewCommand>;
/** Name of the runtime port. */
export const VIEW_PORT = 'view';
/** Sent once with `runtime.sendMessage` by a woken worker; visible pages then connect again. */
export const AWAKE_BROADCAST = 'tincan-awake';
