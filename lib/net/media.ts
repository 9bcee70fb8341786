/**
 * Voice on strings. Knows whose microphone is open; what they send is played only while this user's own voice is on, so
 * that nobody can speak into a room unasked.
 *
 *   off ──start──▶ starting ──captured──▶ on ──stop, or string gone──▶ off
 *                     └──refused──▶ failed ◀──unanswered, or microphone gone── on
 */
import type { LinkEvent, PeerId, VoiceCause } from '../app/link';
import type { PeerString } from './peer';
import type { SoundListener } from './strings';

export interface MediaPorts {
  /** Opens the microphone for this contact. Rejects like getUserMedia does. */
  readonly capture: (peer: PeerId) => Promise<MediaStream>;
  /** Plays this stream for the contact instead of any other; null for silence. */
  readonly play: (peer: PeerId, stream: MediaStream | null) => void;
}

export interface VoicesOptions extends MediaPorts {
  readonly tell: (event: LinkEvent) => void;
  readonly stringOf: (peer: PeerId) => PeerString | null;
}

type VoiceState = Extract<LinkEvent, { kind: 'voice.state' }>;

type Mine =
  | { readonly kind: 'off' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'on'; readonly stream: MediaStream }
  | { readonly kind: 'failed'; readonly cause: VoiceCause };

interface Voice {
  mine: Mine;
  theirs: MediaStream | null;
  isPlaying: boolean;
}

export class Voices implements SoundListener {
  readonly #options: VoicesOptions;
  readonly #voices = new Map<PeerId, Voice>();
  #isMuted = false;

  constructor(options: VoicesOptions) {
    this.#options = options;
  }

  start(peer: PeerId): void {
    const voice = this.#voice(peer);
    if (voice.mine.kind === 'starting' || voice.mine.kind === 'on') {
      this.#say(peer, voice);
      return;
    }
    if (!this.#options.stringOf(peer)) {
      this.#set(peer, voice, { kind: 'failed', cause: 'no-string' });
      return;
    }
    // Muting lasts until the last voice ends, never into the next one.
    if (!this.#isAnyOn()) this.#isMuted = false;
    const mine: Mine = { kind: 'starting' };
    this.#set(peer, voice, mine);
    void this.#capture(peer, voice, mine);
  }

  stop(peer: PeerId): void {
    const voice = this.#voice(peer);
    this.#silence(peer, voice);
    this.#set(peer, voice, { kind: 'off' });
  }

  mute(isMuted: boolean): void {
    this.#isMuted = isMuted;
    for (const [peer, voice] of this.#voices) {
      if (voice.mine.kind === 'on') enable(voice.mine.stream, !isMuted);
      if (voice.mine.kind === 'on' || voice.mine.kind === 'starting') this.#say(peer, voice);
    }
  }

  /** What the contact sends, for a page that shows or plays it itself. */
  remoteStream(peer: PeerId): MediaStream | null {
    return this.#voices.get(peer)?.theirs ?? null;
  }

  /** How every voice stands that is not simply off. */
  states(): readonly VoiceState[] {
    const isNews = ({ mine, theirs }: Voice) => mine.kind !== 'off' || theirs !== null;
    return [...this.#voices].filter(([, voice]) => isNews(voice)).map(([peer, voice]) => this.#state(peer, voice));
  }

  stringChanged(peer: PeerId): void {
    const voice = this.#voices.get(peer);
    if (!voice) return;
    const string = this.#options.stringOf(peer);
    voice.theirs = null;
    if (string) {
      if (voice.mine.kind === 'on') void this.#join(peer, voice, string, voice.mine.stream);
      else this.#settle(peer, voice);
      return;
    }
    // Off, not failed: whether to speak again on the next string is the background's to say.
    this.#silence(peer, voice);
    this.#set(peer, voice, voice.mine.kind === 'failed' ? voice.mine : { kind: 'off' });
  }

  theirSound(peer: PeerId, track: MediaStreamTrack | null): void {
    const voice = this.#voice(peer);
    const [known] = voice.theirs?.getAudioTracks() ?? [];
    if ((known ?? null) === track) return;
    voice.theirs = track ? new MediaStream([track]) : null;
    this.#settle(peer, voice);
  }

  unanswered(peer: PeerId): void {
    const voice = this.#voices.get(peer);
    if (voice?.mine.kind === 'on') this.#fail(peer, voice, 'no-string');
  }

  close(): void {
    for (const [peer, voice] of this.#voices) this.#silence(peer, voice);
  }

  async #capture(peer: PeerId, voice: Voice, asked: Mine): Promise<void> {
    let stream: MediaStream;
    try {
      stream = await this.#options.capture(peer);
    } catch (error) {
      if (voice.mine === asked) this.#fail(peer, voice, captureCause(error));
      return;
    }
    const string = this.#options.stringOf(peer);
    // Stopped, or the string lost, while the browser asked.
    if (voice.mine !== asked || !string) {
      release(stream);
      return;
    }
    enable(stream, !this.#isMuted);
    for (const track of stream.getAudioTracks()) {
      track.onended = () => {
        if (voice.mine.kind === 'on' && voice.mine.stream === stream) this.#fail(peer, voice, 'no-microphone');
      };
    }
    this.#set(peer, voice, { kind: 'on', stream });
    await this.#join(peer, voice, string, stream);
  }

  async #join(peer: PeerId, voice: Voice, string: PeerString, stream: MediaStream): Promise<void> {
    try {
      await string.startSound(stream);
    } catch {
      // The connection closed under it. Its end has been told already, unless another string took over.
      if (this.#options.stringOf(peer) === string) this.#fail(peer, voice, 'no-string');
    }
  }

  #fail(peer: PeerId, voice: Voice, cause: VoiceCause): void {
    this.#silence(peer, voice);
    this.#set(peer, voice, { kind: 'failed', cause });
  }

  /** Closes the microphone: the browser's indicator goes off. */
  #silence(peer: PeerId, voice: Voice): void {
    if (voice.mine.kind !== 'on') return;
    release(voice.mine.stream);
    this.#options.stringOf(peer)?.stopSound();
  }

  #set(peer: PeerId, voice: Voice, mine: Mine): void {
    voice.mine = mine;
    this.#settle(peer, voice);
  }

  /** Plays or silences what they send, after either side changed, and says how it stands. */
  #settle(peer: PeerId, voice: Voice): void {
    const mayPlay = voice.mine.kind === 'on' && voice.theirs !== null;
    if (mayPlay || voice.isPlaying) this.#options.play(peer, mayPlay ? voice.theirs : null);
    voice.isPlaying = mayPlay;
    this.#say(peer, voice);
  }

  #say(peer: PeerId, voice: Voice): void {
    this.#options.tell(this.#state(peer, voice));
  }

  #state(peer: PeerId, { mine, theirs }: Voice): VoiceState {
    const cause = mine.kind === 'failed' ? mine.cause : null;
    return { kind: 'voice.state', peer, mine: mine.kind, cause, isMuted: this.#isMuted, theirs: theirs !== null };
  }

  #voice(peer: PeerId): Voice {
    const known = this.#voices.get(peer);
    if (known) return known;
    const voice: Voice = { mine: { kind: 'off' }, theirs: null, isPlaying: false };
    this.#voices.set(peer, voice);
    return voice;
  }

  #isAnyOn(): boolean {
    return [...this.#voices.values()].some(({ mine }) => mine.kind === 'starting' || mine.kind === 'on');
  }
}

function enable(stream: MediaStream, isEnabled: boolean): void {
  for (const track of stream.getAudioTracks()) track.enabled = isEnabled;
}

function release(stream: MediaStream): void {
  for (const track of stream.getTracks()) {
    track.onended = null;
    track.stop();
  }
}

function captureCause(error: unknown): VoiceCause {
  const name = error instanceof Error ? error.name : '';
  if (name === 'InvalidStateError') return 'no-string';
  return name === 'NotAllowedError' || name === 'SecurityError' ? 'permission' : 'no-microphone';
}
