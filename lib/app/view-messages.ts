/** What pages are told of messages and ask for them; re-exported by view.ts. */
import type { Choices, Expiry, Settings } from '../domain/choices';
import type { Delivery } from '../domain/delivery';
import type { CommandId, ContactId } from './ids';

/** Where a message may wait for a contact who is away: on this device, or sealed on the contact's relay. */
export type Routing = 'device' | 'relay';

/** The message that another one answers. */
export type ReplyView =
  | { readonly kind: 'known'; readonly id: string; readonly sequence: number; readonly isMine: boolean; readonly excerpt: string }
  /** It has not come, is over, or was deleted. */
  | { readonly kind: 'gone' };

export interface MessageView {
  /** Content id. */
  readonly id: string;
  /** Orders messages; not always a whole number. */
  readonly sequence: number;
  readonly isMine: boolean;
  /** '' once it was deleted for everyone, or has expired before it came there. */
  readonly text: string;
  /** Mine: when written. Theirs: when they say they wrote it. */
  readonly sentAtMs: number;
  /** Theirs: when this device stored it. */
  readonly receivedAtMs: number | null;
  /** Mine only, and null for a note to oneself. */
  readonly delivery: Delivery | null;
  /** Mine: where it may wait. Theirs: where it might have. */
  readonly routing: Routing;
  readonly isRead: boolean;
  /** Null in a patch for a message that the page has: it is as it was, but for what the page itself has seen become of what it answers. */
  readonly reply: ReplyView | null;
  /** An emoji of each; null: none. */
  readonly reactions: { readonly mine: string | null; readonly theirs: string | null };
  readonly editedAtMs: number | null;
  /** `confirmedAtMs`, of mine: the contact's device has deleted it too. */
  readonly deleted: { readonly atMs: number; readonly confirmedAtMs: number | null } | null;
  readonly expiry: Expiry | null;
  /** Null while the time has not begun to run. */
  readonly expiresAtMs: number | null;
}

export type MessageCommand =
  /**
   * `routing` absent: as chosen for the contact; refused with routing-ask where the user is to be asked. `expiry` absent: as chosen for
   * the contact; null: it stays.
   */
  | {
      readonly kind: 'message.send';
      readonly id: CommandId;
      readonly contactId: ContactId;
      readonly text: string;
      readonly routing?: Routing;
      readonly expiry?: Expiry | null;
      readonly replyTo?: string;
    }
  | {
      readonly kind: 'message.edit';
      readonly id: CommandId;
      readonly contactId: ContactId;
      readonly messageId: string;
      readonly text: string;
    }
  /** '' takes this user's reaction away. */
  | {
      readonly kind: 'message.react';
      readonly id: CommandId;
      readonly contactId: ContactId;
      readonly messageId: string;
      readonly emoji: string;
    }
  /** For everyone: only this user's own. */
  | {
      readonly kind: 'message.delete';
      readonly id: CommandId;
      readonly contactId: ContactId;
      readonly messageIds: readonly string[];
      readonly scope: 'me' | 'everyone';
    }
  /** What waits on this device goes no further; of what the relay holds, its answer comes as the message's delivery. */
  | { readonly kind: 'message.take-back'; readonly id: CommandId; readonly contactId: ContactId; readonly messageId: string }
  /** Of a message that still waits on this device. */
  | {
      readonly kind: 'message.routing';
      readonly id: CommandId;
      readonly contactId: ContactId;
      readonly messageId: string;
      readonly routing: Routing;
    }
  | { readonly kind: 'typing'; readonly contactId: ContactId; readonly isTyping: boolean };

export type ChoiceCommand =
  /** What is absent stays as it is. */
  | { readonly kind: 'settings.choose'; readonly id: CommandId; readonly settings: Partial<Settings> }
  | { readonly kind: 'contact.choose'; readonly id: CommandId; readonly contactId: ContactId; readonly choices: Partial<Choices> }
  /** The clock is right, whatever it did. */
  | { readonly kind: 'clock.believe'; readonly id: CommandId }
  /** The conversation with oneself, made where there is none: the result names it. */
  | { readonly kind: 'notes.open'; readonly id: CommandId };
