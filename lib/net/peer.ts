/**
 * One string: an RTCPeerConnection to one contact with a reliable, ordered data channel (`text`, negotiated as id 0) and,
 * when somebody speaks, one line of sound.
 *
 *   opening ──channel open and one round trip──▶ open ──bye, gone, closed──▶ closed
 *      ├──20 s, or no path 8 s after both descriptions──▶ failed
 *      └──bye, closed, yielded──▶ closed
 */
import type { LinkEvent, PeerId, StringCause, StringId } from '../app/link';
import type { Clock } from '../app/ports';
import type { Signal } from '../protocol/signal';
import { AudioLine } from './audio-line';
import type { Faults } from './faults';
import { iceConfiguration, noPathCause } from './ice';
import { Negotiation } from './negotiation';
import { TextChannel, type TextReport } from './text-channel';

const OPEN_TIMEOUT_MS = 20_000;
/** A pair answers within two round trips or, behind such NATs, never. Later than this Firefox ends gathering, answered or not. */
const PATH_TIMEOUT_MS = 8000;
const HAS_PATH: readonly RTCIceConnectionState[] = ['connected', 'completed'];

export interface PeerWorld {
  readonly newPeer: (configuration: RTCConfiguration) => RTCPeerConnection;
  readonly clock: Clock;
  /** Milliseconds that never jump, for round trips. */
  readonly now: () => number;
  readonly faults: Faults;
  readonly tell: (event: LinkEvent) => void;
  /** No room for another frame until the background has caught up. */
  readonly isFull: () => boolean;
}

export interface PeerStringOptions {
  readonly world: PeerWorld;
  readonly peer: PeerId;
  readonly stringId: StringId;
  readonly isPolite: boolean;
  readonly isOfferer: boolean;
  readonly stunUrls: readonly string[];
  /** The string is over: closed or failed. */
  readonly onEnd: (string: PeerString) => void;
  /** What they send, or that they stopped, as last agreed. */
  readonly onTheirSound: (track: MediaStreamTrack | null) => void;
  /** The offer that would have carried our sound was never answered. */
  readonly onSoundUnanswered: () => void;
}

export type PeerState = 'opening' | 'open' | 'closed' | 'failed';

export class PeerString {
  readonly stringId: StringId;
  readonly connection: RTCPeerConnection;
  readonly audio: AudioLine;
  readonly text: TextChannel;
  readonly #options: PeerStringOptions;
  readonly #negotiation: Negotiation;
  readonly #cancelDeadline: () => void;
  #cancelPathDeadline: () => void = () => undefined;
  #state: PeerState = 'opening';

  constructor(options: PeerStringOptions) {
    const { world, peer, stringId, isPolite, isOfferer, stunUrls } = options;
    this.#options = options;
    this.stringId = stringId;
    this.connection = world.newPeer(iceConfiguration(stunUrls));
    this.audio = new AudioLine(this.connection);
    const { connection, audio } = this;
    const { clock, now, faults } = world;
    this.#negotiation = new Negotiation({
      connection,
      isPolite,
      isOfferer,
      clock,
      faults,
      say: (signal) => world.tell({ kind: 'string.signal', peer, stringId, signal }),
      onTheirOffer: () => audio.refuseOthers(),
      onSettled: () => {
        options.onTheirSound(audio.theirs());
        this.#awaitPath();
      },
      onUnanswered: () => options.onSoundUnanswered(),
    });
    if (isOfferer) audio.prepare();
    const channel = connection.createDataChannel('text', { negotiated: true, id: 0, ordered: true });
    this.text = new TextChannel({ channel, clock, now, faults, report: this.#textReport() });
    connection.ondatachannel = (event) => {
      // Ours is negotiated outside the connection: nobody has a reason to open another.
      faults.count('peer', 'bad-channel');
      event.channel.close();
    };
    connection.onconnectionstatechange = () => {
      if (connection.connectionState === 'failed') this.#lose();
    };
    this.#cancelDeadline = clock.after(OPEN_TIMEOUT_MS, () => this.#lose());
    this.sayState();
  }

  get state(): PeerState {
    return this.#state;
  }

  take(signal: Signal): void {
    if (signal.kind === 'bye') this.#end('closed', false);
    else this.#negotiation.take(signal);
  }

  /** Ends it here and tells the other side. */
  close(): void {
    this.#end('closed', true);
  }

  /** Ends it in favour of another string of the same contact, of which the other side knows. */
  yield(): void {
    this.#end('closed', false);
  }

  async startSound(stream: MediaStream): Promise<void> {
    this.#negotiation.wake();
    await this.audio.open(stream);
  }

  stopSound(): void {
    if (this.#state !== 'opening' && this.#state !== 'open') return;
    this.#negotiation.wake();
    this.audio.close();
  }

  sayState(cause: StringCause | null = null): void {
    const { world, peer } = this.#options;
    const rttMs = this.#state === 'open' ? this.text.rttMs : null;
    world.tell({ kind: 'string.state', peer, stringId: this.stringId, state: this.#state, rttMs, cause });
  }

  /** Counts from the last description: an answer that was lost is said again, and only then can they begin. */
  #awaitPath(): void {
    if (this.#state !== 'opening') return;
    this.#cancelPathDeadline();
    this.#cancelPathDeadline = this.#options.world.clock.after(PATH_TIMEOUT_MS, () => {
      if (this.#state === 'opening' && !HAS_PATH.includes(this.connection.iceConnectionState)) this.#lose();
    });
  }

  #textReport(): TextReport {
    const { world, peer, stringId } = this.#options;
    return {
      ready: () => {
        this.#cancelDeadline();
        this.#state = 'open';
        this.sayState();
      },
      gone: () => this.#lose(),
      frame: (frame, bytes) => {
        // Closing loses nothing: what wasn't acknowledged is sent again over the next string.
        if (world.isFull()) this.close();
        else world.tell({ kind: 'string.frame', peer, stringId, frame, bytes });
      },
      acked: (token) => world.tell({ kind: 'string.ack', peer, token, rttMs: this.text.rttMs }),
    };
  }

  #lose(): void {
    if (this.#state === 'open') this.#end('closed', true);
    // Once both have described themselves each side finds out by itself, and says why: a bye would come before its reason.
    else this.#end('failed', !this.connection.remoteDescription);
  }

  #end(state: 'closed' | 'failed', saysBye: boolean): void {
    if (this.#state === 'closed' || this.#state === 'failed') return;
    const { world, peer, onEnd } = this.#options;
    const cause = state === 'failed' ? noPathCause(this.connection) : null;
    this.#state = state;
    this.#cancelDeadline();
    this.#cancelPathDeadline();
    this.#negotiation.close();
    this.text.close();
    this.connection.onconnectionstatechange = null;
    this.connection.close();
    if (saysBye) world.tell({ kind: 'string.signal', peer, stringId: this.stringId, signal: { kind: 'bye' } });
    this.sayState(cause);
    onEnd(this);
  }
}
