/** An ear in whatever page holds the network host, and an eye on what it captures, plays and is offered. */
import { until } from './browsers';
import { inHost, type Person } from './in-touch';

/** dBFS, as an AnalyserNode reads them; digital silence is -1000. */
export interface Hearing {
  /** The highest level seen in the tone's band. */
  readonly tone: number;
  /** The highest seen then in the bands on both sides of it. */
  readonly beside: number;
}

/** Runs in the host's page. Listens to what this contact sends, for `windowMs`; null while they send nothing. */
async function listen(peer: string, toneHz: number, windowMs: number): Promise<Hearing | null> {
  const { tincanHost } = window as unknown as { tincanHost: { remoteStream(peer: string): MediaStream | null } };
  const stream = tincanHost.remoteStream(peer);
  if (!stream) return null;
  // Chromium feeds a contact's sound to nobody until an element plays it.
  const element = document.createElement('audio');
  element.muted = true;
  element.srcObject = stream;
  await element.play();
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 8192;
  analyser.smoothingTimeConstant = 0;
  context.createMediaStreamSource(stream).connect(analyser);
  const levels = new Float32Array(analyser.frequencyBinCount);
  const loudest = (fromHz: number, toHz: number): number => {
    const binHz = context.sampleRate / analyser.fftSize;
    return Math.max(-1000, ...levels.subarray(Math.round(fromHz / binHz), Math.round(toHz / binHz) + 1));
  };
  let heard: Hearing = { tone: -1000, beside: -1000 };
  // What the analyser has not yet been fed reads as silence: only full windows count.
  await new Promise((resolve) => setTimeout(resolve, 200));
  for (const end = performance.now() + windowMs; performance.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    analyser.getFloatFrequencyData(levels);
    const tone = loudest(toneHz - 20, toneHz + 20);
    if (tone > heard.tone) heard = { tone, beside: Math.max(loudest(toneHz - 300, toneHz - 100), loudest(toneHz + 100, toneHz + 300)) };
  }
  const isRunning = context.state === 'running' && context.currentTime > 0;
  await context.close();
  element.srcObject = null;
  if (!isRunning) throw new Error('this page has no ear: its AudioContext does not run');
  return heard;
}

/** What `person` hears of the contact `peer` around `toneHz`, whether or not it is played. */
export function hearing(person: Person, peer: string, toneHz: number, windowMs = 300): Promise<Hearing | null> {
  return inHost(person, listen, peer, toneHz, windowMs);
}

interface SoundLog {
  /** Loud elements that were ever told to play. */
  readonly players: Set<HTMLMediaElement>;
  readonly captured: MediaStream[];
  /** SDP of the offers this side took. */
  readonly offers: Set<string>;
  /** Channels on which anything has been sent. */
  readonly channels: Set<RTCDataChannel>;
}
type Watched = typeof globalThis & { soundLog: SoundLog };

/** Runs in a page: from here on it remembers what it captures, plays, is offered and sends on. */
function watch(): void {
  const page = window as unknown as Watched;
  const log: SoundLog = { players: new Set(), captured: [], offers: new Set(), channels: new Set() };
  page.soundLog = log;
  const media = page.HTMLMediaElement.prototype;
  const { play } = media;
  media.play = function (this: HTMLMediaElement) {
    if (!this.muted) log.players.add(this);
    return play.call(this);
  };
  const devices = page.MediaDevices.prototype;
  const { getUserMedia } = devices;
  devices.getUserMedia = async function (this: MediaDevices, constraints) {
    const stream = await getUserMedia.call(this, constraints);
    log.captured.push(stream);
    return stream;
  };
  const connection = page.RTCPeerConnection.prototype;
  const setRemoteDescription = connection.setRemoteDescription as (description: RTCSessionDescriptionInit) => Promise<void>;
  connection.setRemoteDescription = function (this: RTCPeerConnection, description) {
    if (description.type === 'offer') log.offers.add(description.sdp ?? '');
    return setRemoteDescription.call(this, description);
  };
  const channel = page.RTCDataChannel.prototype;
  const send = channel.send as (bytes: never) => void;
  channel.send = function (this: RTCDataChannel, bytes: unknown) {
    log.channels.add(this);
    send.call(this, bytes as never);
  };
}

export interface SoundSeen {
  /** Loudspeakers in use: playing, and getting on with it. */
  readonly playing: number;
  /** `live` or `ended`, in the order captured. */
  readonly captured: readonly MediaStreamTrackState[];
  /** How many lines of sound each offer taken holds. */
  readonly offeredLines: readonly number[];
}

async function soundSeen(): Promise<SoundSeen> {
  const { players, captured, offers } = (window as unknown as Watched).soundLog;
  const loud = [...players].filter((player) => player.srcObject !== null && !player.paused);
  const before = loud.map((player) => player.currentTime);
  if (loud.length > 0) await new Promise((resolve) => setTimeout(resolve, 200));
  return {
    playing: loud.filter((player, i) => player.currentTime > (before[i] ?? 0)).length,
    captured: captured.flatMap((stream) => stream.getAudioTracks()).map((track) => track.readyState),
    offeredLines: [...offers].map((sdp) => sdp.split('\r\nm=audio ').length - 1),
  };
}

/** Firefox refuses its background page the microphone, so there the panel captures. */
const captures = ({ browser, panel }: Person) => (browser.kind === 'firefox' ? panel : null);

export async function watchSound(person: Person): Promise<void> {
  await inHost(person, watch);
  await captures(person)?.eval(watch);
}

/** What has been captured, played and offered at this person's since `watchSound`. */
export async function soundAt(person: Person): Promise<SoundSeen> {
  const seen = await inHost(person, soundSeen);
  const page = captures(person);
  return page ? { ...seen, captured: (await page.eval(soundSeen)).captured } : seen;
}

/** Breaks the string from this side, once anything has been sent on it since `watchSound`. */
export function breakString(person: Person): Promise<boolean> {
  const close = () => {
    const { channels } = (window as unknown as Watched).soundLog;
    const open = [...channels].filter(({ readyState }) => readyState === 'open');
    for (const channel of open) channel.close();
    return open.length > 0;
  };
  return until(() => inHost(person, close), `${person.name}'s string to break`, 15_000);
}
