/**
 * Background ⇄ network host. The host owns the WebSockets and the RTCPeerConnections and moves ciphertext; it never gets a
 * key. What it learns it keeps, numbered, until the background acknowledges it, so that a worker may die at any moment:
 * a new port starts with `hello` and then every event not acknowledged. Commands may repeat: the host drops what it already
 * has under the same token.
 */
import type { Channel } from '../bus/channel';
import type { Bytes } from '../protocol/bytes';
import type { Signal } from '../protocol/signal';

/** A contact's id: to the host a string's other end has no other name. */
export type PeerId = string;
/** 32 hex digits, chosen by the offering side. */
export type StringId = string;

export type RelayState = 'connecting' | 'open' | 'offline';

export type LinkCommand =
  /** From now on for this store's messenger. What was open or held for another is closed and forgotten; hello comes anew. */
  | { readonly kind: 'serve'; readonly owner: string }
  | { readonly kind: 'event.ack'; readonly upTo: number }
  /** Keeps a WebSocket to this relay, reconnecting with back-off until closed. */
  | { readonly kind: 'relay.open'; readonly relay: string }
  | { readonly kind: 'relay.close'; readonly relay: string }
  /** An encoded client frame; the host writes its own request id into it. The reply comes as `relay.reply` with this token. */
  | { readonly kind: 'relay.request'; readonly relay: string; readonly token: string; readonly frame: Bytes }
  /** Starts offering. `isPolite` decides who yields when both offer at once. */
  | {
      readonly kind: 'string.open';
      readonly peer: PeerId;
      readonly stringId: StringId;
      readonly isPolite: boolean;
      readonly stunUrls: readonly string[];
    }
  /** A signal from the other side; an offer for an unknown string id starts answering. */
  | {
      readonly kind: 'string.signal';
      readonly peer: PeerId;
      readonly stringId: StringId;
      readonly isPolite: boolean;
      readonly stunUrls: readonly string[];
      readonly signal: Signal;
    }
  | { readonly kind: 'string.send'; readonly peer: PeerId; readonly token: string; readonly bytes: Bytes }
  /** The background has committed this frame: tell the other host. */
  | { readonly kind: 'string.received'; readonly peer: PeerId; readonly stringId: StringId; readonly frame: number }
  | { readonly kind: 'string.close'; readonly peer: PeerId }
  /** How the world sees this device, as STUN tells: answered by `probed`. */
  | { readonly kind: 'probe'; readonly token: string; readonly stunUrls: readonly string[] }
  | { readonly kind: 'voice.start'; readonly peer: PeerId }
  | { readonly kind: 'voice.stop'; readonly peer: PeerId }
  | { readonly kind: 'voice.mute'; readonly isMuted: boolean }
  /** Something has come: one short sound. */
  | { readonly kind: 'chime' };

/**
 * Why a string did not open. `udp-blocked`: this side's network lets nothing through, `udp-blocked-theirs`: theirs does not;
 * `stun-silent`: neither side was ever answered by STUN, so that both networks or the server may be to blame; `symmetric-nats`: both map
 * each destination anew, so that neither can know where to send; `no-path`: none of these is certain.
 */
export type StringCause = 'no-answer' | 'no-path' | 'udp-blocked' | 'udp-blocked-theirs' | 'stun-silent' | 'symmetric-nats';

export type VoiceCause = 'permission' | 'no-microphone' | 'no-string';

export type LinkEvent =
  | {
      readonly kind: 'relay.state';
      readonly relay: string;
      readonly state: RelayState;
      readonly cause: 'unreachable' | 'refused' | 'draining' | 'replaced' | null;
      readonly retryAtMs: number;
    }
  /** A frame the relay sent unasked (HELLO included), or the reply to a request. */
  | { readonly kind: 'relay.push'; readonly relay: string; readonly frame: Bytes }
  | { readonly kind: 'relay.reply'; readonly relay: string; readonly token: string; readonly frame: Bytes }
  /** The connection closed before a reply came: whether the relay saw the request is unknown. */
  | { readonly kind: 'relay.unanswered'; readonly relay: string; readonly token: string }
  | {
      readonly kind: 'string.state';
      readonly peer: PeerId;
      readonly stringId: StringId;
      readonly state: 'opening' | 'open' | 'closed' | 'failed';
      readonly rttMs: number | null;
      /** Why it failed; null in every other state. */
      readonly cause: StringCause | null;
    }
  | { readonly kind: 'string.signal'; readonly peer: PeerId; readonly stringId: StringId; readonly signal: Signal }
  | { readonly kind: 'string.frame'; readonly peer: PeerId; readonly stringId: StringId; readonly frame: number; readonly bytes: Bytes }
  /** The other background has committed what was sent under this token. */
  | { readonly kind: 'string.ack'; readonly peer: PeerId; readonly token: string; readonly rttMs: number | null }
  | { readonly kind: 'probed'; readonly token: string; readonly network: 'steady' | 'symmetric' | 'blocked' }
  | {
      readonly kind: 'voice.state';
      readonly peer: PeerId;
      readonly mine: 'off' | 'starting' | 'on' | 'failed';
      readonly cause: VoiceCause | null;
      readonly isMuted: boolean;
      readonly theirs: boolean;
    };

/** What the host says of itself first on every port. */
export interface HostHello {
  /** New whenever the host is: everything handed to an older one must be handed over again. */
  readonly epoch: string;
  /** The store for which it holds all this; '' before the first. */
  readonly owner: string;
  readonly relays: readonly { readonly relay: string; readonly state: RelayState; readonly hello: Bytes | null }[];
  readonly strings: readonly {
    readonly peer: PeerId;
    readonly stringId: StringId;
    readonly isOpen: boolean;
    readonly rttMs: number | null;
  }[];
}

export type LinkFrame =
  | { readonly kind: 'hello'; readonly hello: HostHello }
  | { readonly kind: 'event'; readonly sequence: number; readonly event: LinkEvent };

/** As the background sees it. */
export type LinkChannel = Channel<LinkFrame, LinkCommand>;
export const LINK_PORT = 'link';
