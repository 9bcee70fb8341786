/** What relays hold, and how this device reaches them: answers to questions of the settings page. */
import type { CommandId, ContactId } from './ids';

/** What waits, sealed, for one contact. */
export interface WaitingView {
  readonly contactId: ContactId;
  /** `untilMs`: the relay deletes it then at the latest. */
  readonly messages: readonly { readonly id: string; readonly untilMs: number }[];
  /** False: a relay could not be asked, and this is what it said when it took them. */
  readonly isCertain: boolean;
}

/**
 * How the world sees this device: under one address for all (`steady`), under another for each (`symmetric`), or not at all, since no
 * answer came back over UDP (`blocked`). `unasked`: the relay names nobody to ask.
 */
export type NetworkKind = 'steady' | 'symmetric' | 'blocked' | 'unasked';

export interface ConnectionTestView {
  /** Null: this user's relay did not answer; then nothing else is known. */
  readonly relay: { readonly roundTripMs: number; readonly clockAheadMs: number } | null;
  readonly network: NetworkKind | null;
}

export type RelayCommand =
  /** Answered with `waiting`. */
  | { readonly kind: 'relay.look'; readonly id: CommandId }
  /** Answered with `test`. */
  | { readonly kind: 'relay.test'; readonly id: CommandId };
