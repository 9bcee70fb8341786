/**
 * Which string each contact has: at most one. Knows what happens when a second one is offered.
 *
 *   their offer, while ours is opening   the polite side gives up its own and answers; the other side ignores the offer
 *   their offer, while one is open       theirs replaces it: they lost the old one, or would not offer
 *   their offer, while theirs is opening theirs replaces it
 *   our `open`, while one lives          the living one stays
 */
import type { LinkCommand, PeerId, StringId } from '../app/link';
import type { Signal } from '../protocol/signal';
import { PeerString, type PeerWorld } from './peer';

/** String ids that are over, so that a late or repeated offer revives nothing. */
const REMEMBERED_IDS = 256;

type OpenCommand = Extract<LinkCommand, { kind: 'string.open' }>;
type SignalCommand = Extract<LinkCommand, { kind: 'string.signal' }>;
type Start = Pick<OpenCommand, 'peer' | 'stringId' | 'isPolite' | 'stunUrls'>;

/** What sound needs to know of strings. */
export interface SoundListener {
  /** A new string for this contact is there, or none is. */
  stringChanged(peer: PeerId): void;
  theirSound(peer: PeerId, track: MediaStreamTrack | null): void;
  unanswered(peer: PeerId): void;
}

interface Line {
  readonly string: PeerString;
  readonly isMine: boolean;
}

export class Strings {
  readonly #world: PeerWorld;
  readonly #sound: SoundListener;
  readonly #lines = new Map<PeerId, Line>();
  readonly #over = new Set<string>();

  constructor(world: PeerWorld, sound: SoundListener) {
    this.#world = world;
    this.#sound = sound;
  }

  /** The contact's living string. */
  of(peer: PeerId): PeerString | null {
    return this.#lines.get(peer)?.string ?? null;
  }

  all(): readonly (readonly [PeerId, PeerString])[] {
    return [...this.#lines].map(([peer, { string }]) => [peer, string] as const);
  }

  open(command: OpenCommand): void {
    const { peer, stringId } = command;
    const living = this.of(peer);
    if (!living && !this.#isOver(peer, stringId)) {
      this.#start(command, true);
      return;
    }
    if (living?.stringId !== stringId) this.#sayClosed(peer, stringId);
    living?.sayState();
  }

  take(command: SignalCommand): void {
    const { peer, stringId, signal } = command;
    const living = this.of(peer);
    if (living?.stringId === stringId) living.take(signal);
    else if (signal.kind === 'offer') this.#takeOffer(command, signal);
    // An answer to what is over here: they wait for a string that will never open.
    else if (signal.kind === 'answer') this.#sayBye(peer, stringId);
  }

  close(peer: PeerId): void {
    this.of(peer)?.close();
  }

  closeAll(): void {
    for (const { string } of [...this.#lines.values()]) string.close();
  }

  #takeOffer(command: SignalCommand, signal: Signal): void {
    const { peer, stringId, isPolite } = command;
    if (this.#isOver(peer, stringId)) return;
    const line = this.#lines.get(peer);
    if (line?.isMine && line.string.state === 'opening' && !isPolite) {
      this.#remember(peer, stringId);
      return;
    }
    this.#lines.delete(peer);
    line?.string.yield();
    this.#start(command, false)?.take(signal);
  }

  #start({ peer, stringId, isPolite, stunUrls }: Start, isMine: boolean): PeerString | null {
    let string: PeerString;
    try {
      string = new PeerString({
        world: this.#world,
        peer,
        stringId,
        isPolite,
        isOfferer: isMine,
        stunUrls,
        onEnd: (ended) => this.#ended(peer, ended),
        onTheirSound: (track) => this.#sound.theirSound(peer, track),
        onSoundUnanswered: () => this.#sound.unanswered(peer),
      });
    } catch {
      // The browser has no room for another connection.
      this.#world.tell({ kind: 'string.state', peer, stringId, state: 'failed', rttMs: null, cause: 'no-path' });
      this.#sound.stringChanged(peer);
      return null;
    }
    this.#lines.set(peer, { string, isMine });
    this.#sound.stringChanged(peer);
    return string;
  }

  #ended(peer: PeerId, string: PeerString): void {
    this.#remember(peer, string.stringId);
    // Given up for another: sound moves on to that one.
    if (this.of(peer) !== string) return;
    this.#lines.delete(peer);
    this.#sound.stringChanged(peer);
  }

  #remember(peer: PeerId, stringId: StringId): void {
    this.#over.add(`${peer} ${stringId}`);
    for (const oldest of this.#over) {
      if (this.#over.size <= REMEMBERED_IDS) break;
      this.#over.delete(oldest);
    }
  }

  #isOver(peer: PeerId, stringId: StringId): boolean {
    return this.#over.has(`${peer} ${stringId}`);
  }

  #sayClosed(peer: PeerId, stringId: StringId): void {
    this.#world.tell({ kind: 'string.state', peer, stringId, state: 'closed', rttMs: null, cause: null });
  }

  #sayBye(peer: PeerId, stringId: StringId): void {
    this.#world.tell({ kind: 'string.signal', peer, stringId, signal: { kind: 'bye' } });
  }
}
