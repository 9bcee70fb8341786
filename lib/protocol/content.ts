/**
 * Peer ⇄ peer. Contents travel inside ratchet envelopes; live payloads inside live frames, which never advance the ratchet.
 * PROTOCOL.md has every body byte by byte.
 */
import type { Bytes } from './bytes';

export const CONTENT_ID_BYTES = 16;
export const MAX_NAME_BYTES = 128;
export const MAX_RELAY_URL_BYTES = 120;
/** One part of a text, in UTF-8. */
export const MAX_TEXT_BYTES = 12_000;
export const MAX_RECEIPT_IDS = 500;

/** Where to write to somebody: a queue's writing id on a relay. */
export interface QueueAddress {
  /** The relay's public base address, `wss://host[/path]` (`ws:` only for loopback). */
  readonly relay: string;
  readonly sid: Bytes;
}

/** May this contact open a string (a direct connection, which shows both IP addresses)? */
export type DirectChoice = 'allowed' | 'denied';

interface Envelope {
  readonly contentId: Bytes;
  /** The sender let this content wait, sealed, on a relay; a receipt for it may then use the relay too. */
  readonly mayWait: boolean;
}

export type ContentBody =
  /** First content of an initiator: who asks, and where to answer. */
  | {
      readonly kind: 'request';
      readonly name: string;
      readonly address: QueueAddress;
      readonly direct: DirectChoice;
      readonly liveKey: Bytes;
      readonly sentAtMs: number;
    }
  | { readonly kind: 'accept'; readonly name: string; readonly direct: DirectChoice; readonly liveKey: Bytes; readonly sentAtMs: number }
  /** The sender's name or choice changed. */
  | { readonly kind: 'profile'; readonly name: string; readonly direct: DirectChoice }
  | { readonly kind: 'text'; readonly text: string; readonly sentAtMs: number }
  /** Ids the receiver has stored, has shown, and (answering a query) has never seen. Never answered by a receipt. */
  | { readonly kind: 'receipt'; readonly delivered: readonly Bytes[]; readonly read: readonly Bytes[]; readonly missing: readonly Bytes[] }
  /** Ids the sender has no receipt for. Answered by one receipt that names each of them once. */
  | { readonly kind: 'query'; readonly ids: readonly Bytes[] }
  | { readonly kind: 'live-key'; readonly liveKey: Bytes };

export type Content = Envelope & ContentBody;

/** One step of opening a string. `sdp` and candidates are WebRTC's own text. */
export type Signal =
  | { readonly kind: 'offer'; readonly sdp: string }
  | { readonly kind: 'answer'; readonly sdp: string }
  | { readonly kind: 'candidates'; readonly candidates: readonly string[] }
  | { readonly kind: 'bye' };

export type LivePayload =
  /** `wantsAnswer` is set by the one who came online first, so that two never answer each other for ever. */
  | { readonly kind: 'presence'; readonly isHere: boolean; readonly wantsAnswer: boolean }
  | { readonly kind: 'string'; readonly stringId: Bytes; readonly signal: Signal };
