/**
 * Perfect negotiation of one RTCPeerConnection over sealed signals, which may be lost: an offer is said again until it is
 * answered, an answer whenever its offer comes again. One step at a time; when both sides offer, the polite one yields.
 *
 *   stable ──need──▶ offered ──answer──▶ stable
 *     │                 ├──their offer, polite──▶ (rolled back) answered ──▶ stable
 *     └──their offer──▶ └──no answer in 20 s──▶ rolled back; rests until somebody speaks
 *       answered ──▶ stable
 */
import type { Clock } from '../app/ports';
import type { Signal } from '../protocol/signal';
import type { Faults } from './faults';

const GATHER_MS = 500;
const CANDIDATE_BATCH_MS = 200;
const OFFER_AGAIN_MS = 5000;
const MAX_OFFERS = 4;
const MAX_EARLY_CANDIDATES = 64;

export interface NegotiationOptions {
  readonly connection: RTCPeerConnection;
  readonly isPolite: boolean;
  /** False for the side that answers the string's first offer: until then it offers nothing. */
  readonly isOfferer: boolean;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly say: (signal: Signal) => void;
  /** Their description has been taken, before it is answered: what isn't wanted may still be refused. */
  readonly onTheirOffer: () => void;
  readonly onSettled: () => void;
  /** The last offer was never answered and has been taken back. */
  readonly onUnanswered: () => void;
}

export class Negotiation {
  readonly #options: NegotiationOptions;
  #lane: Promise<void> = Promise.resolve();
  #mayOffer: boolean;
  #isNeeded = false;
  #isResting = false;
  #isClosed = false;
  #hasSpoken = false;
  #early: string[] = [];
  #batch: string[] = [];
  #cancelBatch: (() => void) | null = null;
  #cancelRepeat: () => void = () => undefined;

  constructor(options: NegotiationOptions) {
    this.#options = options;
    this.#mayOffer = options.isOfferer;
    options.connection.onnegotiationneeded = () => this.#need();
    options.connection.onicecandidate = ({ candidate }) => {
      if (candidate?.candidate) this.#batchCandidate(candidate.candidate);
    };
  }

  take(signal: Signal): void {
    this.#isResting = false;
    switch (signal.kind) {
      case 'offer':
        this.#step(() => this.#takeOffer(signal.sdp));
        return;
      case 'answer':
        this.#step(() => this.#takeAnswer(signal.sdp));
        return;
      case 'candidates':
        this.#step(() => this.#takeCandidates(signal.candidates));
        return;
      case 'bye':
        return;
      default:
        signal satisfies never;
    }
  }

  /** Called before a change that needs an offer: an earlier offer's failure no longer counts. */
  wake(): void {
    this.#isResting = false;
    if (this.#isNeeded) this.#step(() => this.#offer());
  }

  close(): void {
    this.#isClosed = true;
    this.#cancelRepeat();
    this.#cancelBatch?.();
  }

  #step(run: () => Promise<void>): void {
    this.#lane = this.#lane
      .then(() => (this.#isClosed ? undefined : run()))
      .catch(() => {
        // The contact's word did not fit this connection's state, or is no SDP. Nothing else depends on it.
        if (!this.#isClosed) this.#options.faults.count('peer', 'bad-signal');
      });
  }

  #need(): void {
    this.#isNeeded = true;
    if (this.#mayOffer && !this.#isResting) this.#step(() => this.#offer());
  }

  async #offer(): Promise<void> {
    const { connection } = this.#options;
    // Not stable: once it is, the browser says again whether anything is needed.
    if (!this.#isNeeded || connection.signalingState !== 'stable') return;
    this.#isNeeded = false;
    await connection.setLocalDescription();
    await this.#gathered();
    const sdp = connection.localDescription?.sdp;
    if (!this.#isClosed && sdp) this.#sayOffer(sdp, 1);
  }

  #sayOffer(sdp: string, count: number): void {
    const { say, clock } = this.#options;
    this.#hasSpoken = true;
    say({ kind: 'offer', sdp });
    this.#cancelRepeat();
    this.#cancelRepeat = clock.after(OFFER_AGAIN_MS, () => {
      if (count < MAX_OFFERS) this.#sayOffer(sdp, count + 1);
      else this.#step(() => this.#takeBack());
    });
  }

  async #takeBack(): Promise<void> {
    const { connection, onUnanswered } = this.#options;
    if (connection.signalingState !== 'have-local-offer' || !connection.remoteDescription) return;
    this.#isResting = true;
    await connection.setLocalDescription({ type: 'rollback' });
    onUnanswered();
  }

  async #takeOffer(sdp: string): Promise<void> {
    const { connection, isPolite, say, onTheirOffer, onSettled } = this.#options;
    if (connection.signalingState !== 'stable' && !isPolite) return;
    await connection.setRemoteDescription({ type: 'offer', sdp });
    this.#cancelRepeat();
    this.#mayOffer = true;
    // Once stable again, the browser says so if something of ours still waits.
    this.#isNeeded = false;
    onTheirOffer();
    await this.#addEarly();
    await connection.setLocalDescription();
    await this.#gathered();
    const answer = connection.localDescription?.sdp;
    if (this.#isClosed || !answer) return;
    this.#hasSpoken = true;
    say({ kind: 'answer', sdp: answer });
    onSettled();
  }

  async #takeAnswer(sdp: string): Promise<void> {
    const { connection, onSettled } = this.#options;
    if (connection.signalingState !== 'have-local-offer') return;
    await connection.setRemoteDescription({ type: 'answer', sdp });
    this.#cancelRepeat();
    await this.#addEarly();
    onSettled();
  }

  async #takeCandidates(candidates: readonly string[]): Promise<void> {
    const { connection, faults } = this.#options;
    if (!connection.remoteDescription) {
      this.#early = [...this.#early, ...candidates].slice(0, MAX_EARLY_CANDIDATES);
      return;
    }
    for (const candidate of candidates) {
      // Everything is bundled on the first media line.
      await connection.addIceCandidate({ candidate, sdpMLineIndex: 0 }).catch(() => faults.count('peer', 'bad-candidate'));
    }
  }

  async #addEarly(): Promise<void> {
    const early = this.#early;
    this.#early = [];
    await this.#takeCandidates(early);
  }

  /** All candidates are in, or half a second has passed. */
  #gathered(): Promise<void> {
    const { connection, clock } = this.#options;
    if (connection.iceGatheringState === 'complete') return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        connection.onicegatheringstatechange = null;
        resolve();
      };
      const cancel = clock.after(GATHER_MS, done);
      connection.onicegatheringstatechange = () => {
        if (connection.iceGatheringState === 'complete') done();
      };
    });
  }

  /** What is found before the first description is said is in it. */
  #batchCandidate(candidate: string): void {
    if (!this.#hasSpoken) return;
    this.#batch.push(candidate);
    this.#cancelBatch ??= this.#options.clock.after(CANDIDATE_BATCH_MS, () => {
      this.#cancelBatch = null;
      this.#options.say({ kind: 'candidates', candidates: this.#batch.splice(0) });
    });
  }
}
