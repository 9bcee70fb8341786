/**
 * Runs inside the test page: two real hosts, each with a background that acknowledges what it is told, and the sealed path
 * between them replaced by a hand-over that may lose signals.
 */
import type { LinkCommand, LinkEvent, LinkFrame } from '../../../lib/app/link';
import { loopback } from '../../../lib/bus/loopback';
import { browserPorts } from '../../../lib/net/browser';
import { createHost, type Host } from '../../../lib/net/host';
import { LeapClock } from './leap-clock';

interface SideOptions {
  readonly isPolite: boolean;
  readonly capture?: () => Promise<MediaStream>;
}

type EventOf<Kind extends LinkEvent['kind']> = Extract<LinkEvent, { kind: Kind }>;

/** One person's browser: their background, in the test's hands, and their host. */
class Side {
  readonly host: Host;
  readonly clock = new LeapClock();
  readonly events: LinkEvent[] = [];
  readonly hellos: Extract<LinkFrame, { kind: 'hello' }>['hello'][] = [];
  readonly connections: RTCPeerConnection[] = [];
  readonly channels: RTCDataChannel[] = [];
  readonly captured: MediaStream[] = [];
  played: MediaStream | null = null;
  isAcknowledging = true;
  /** Whether a frame from the other side counts as committed. */
  isCommitting = true;
  otherSide: Side | null = null;
  /** False loses the signal on its way to the other side. */
  passes: (event: EventOf<'string.signal'>) => boolean = () => true;
  readonly #isPolite: boolean;
  readonly #waiting = new Set<() => void>();
  #port: ReturnType<typeof loopback<LinkFrame, LinkCommand>>[0] | null = null;

  constructor({ isPolite, capture }: SideOptions) {
    this.#isPolite = isPolite;
    const ports = browserPorts();
    this.host = createHost({
      ...ports,
      clock: this.clock,
      newPeer: (configuration) => this.#watch(ports.newPeer(configuration)),
      connect: () => this.#accept(),
      capture: async () => {
        const stream = await (capture ?? (() => navigator.mediaDevices.getUserMedia({ audio: RAW_AUDIO })))();
        this.captured.push(stream);
        return stream;
      },
      chime: () => undefined,
      play: (_peer, stream) => {
        this.played = stream;
      },
    });
  }

  send(command: LinkCommand): void {
    this.#port?.send(command);
  }

  open(stringId: string): void {
    this.send({ kind: 'string.open', peer: 'other', stringId, isPolite: this.#isPolite, stunUrls: [] });
  }

  /** What is said from here names no address, so that nobody can reach out to this side first. */
  hideAddresses(): void {
    this.passes = ({ signal }) => {
      if ('sdp' in signal) Object.assign(signal, { sdp: signal.sdp.replace(/^a=candidate:.*\r\n/gm, '') });
      return signal.kind !== 'candidates';
    };
  }

  /** The worker dies. */
  dropPort(): void {
    this.#port?.close();
  }

  of<Kind extends LinkEvent['kind']>(kind: Kind): EventOf<Kind>[] {
    return this.events.filter((event): event is EventOf<Kind> => event.kind === kind);
  }

  states(): string[] {
    return this.of('string.state').map(({ state, stringId }) => `${state} ${stringId[0]}`);
  }

  /** One heartbeat later: resolves when the other side has answered it. */
  async beat(): Promise<void> {
    const heard = new Promise<void>((resolve) => this.channels.at(-1)?.addEventListener('message', () => resolve(), { once: true }));
    this.clock.leap(5000);
    await heard;
  }

  /** Resolves as soon as `isTrue` holds, checked at every event. */
  async until(what: string, isTrue: () => boolean, timeoutMs = 8000): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (!isTrue()) {
      if (performance.now() > end) throw new Error(`not in ${timeoutMs} ms: ${what}; ${this.states().join(', ')}`);
      await new Promise<void>((resolve) => {
        const done = () => {
          this.#waiting.delete(done);
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(done, 100);
        this.#waiting.add(done);
      });
    }
  }

  untilVoice(wanted: Partial<EventOf<'voice.state'>>): Promise<void> {
    return this.until(JSON.stringify(wanted), () => {
      const last = this.of('voice.state').at(-1);
      return last !== undefined && Object.entries({ ...last, ...wanted }).every(([key, value]) => Reflect.get(last, key) === value);
    });
  }

  remote(): MediaStream {
    const stream = this.host.remoteStream('other');
    if (!stream) throw new Error('the other side sends nothing');
    return stream;
  }

  untilState(state: string, stringId?: string): Promise<void> {
    return this.until(state, () => this.of('string.state').some((it) => it.state === state && (!stringId || it.stringId === stringId)));
  }

  #accept() {
    const [ours, theirs] = loopback<LinkFrame, LinkCommand>();
    this.#port = ours;
    ours.onFrame((frame) => {
      if (frame.kind === 'hello') this.hellos.push(frame.hello);
      else this.#take(frame.sequence, frame.event);
      for (const wake of [...this.#waiting]) wake();
    });
    return theirs;
  }

  #take(sequence: number, event: LinkEvent): void {
    this.events.push(event);
    if (this.isAcknowledging) this.send({ kind: 'event.ack', upTo: sequence });
    if (event.kind === 'string.signal' && this.passes(event)) {
      const { stringId, signal } = event;
      const other = this.otherSide;
      other?.send({ kind: 'string.signal', peer: 'other', stringId, isPolite: other.#isPolite, stunUrls: [], signal });
    }
    if (event.kind === 'string.frame' && this.isCommitting) {
      this.send({ kind: 'string.received', peer: 'other', stringId: event.stringId, frame: event.frame });
    }
  }

  #watch(connection: RTCPeerConnection): RTCPeerConnection {
    this.connections.push(connection);
    const create = connection.createDataChannel.bind(connection);
    connection.createDataChannel = (label, init) => {
      const channel = create(label, init);
      this.channels.push(channel);
      return channel;
    };
    return connection;
  }
}

const sides: Side[] = [];

const RAW_AUDIO = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

/** Ana is polite, Jun is not. */
function twoSides(options: { readonly ana?: Partial<SideOptions>; readonly jun?: Partial<SideOptions> } = {}): {
  ana: Side;
  jun: Side;
} {
  const ana = new Side({ isPolite: true, ...options.ana });
  const jun = new Side({ isPolite: false, ...options.jun });
  sides.push(ana, jun);
  ana.otherSide = jun;
  jun.otherSide = ana;
  return { ana, jun };
}

/** Leaves the page as the next test wants to find it. */
function closeAll(): void {
  for (const side of sides.splice(0)) side.host.close();
}

async function opened(options: Parameters<typeof twoSides>[0] = {}): Promise<ReturnType<typeof twoSides>> {
  const { ana, jun } = twoSides(options);
  ana.open(OPEN_ID);
  await Promise.all([ana.untilState('open'), jun.untilState('open')]);
  return { ana, jun };
}

/** Ana's voice is on, and Jun's host has been told so. */
async function speaking(): Promise<ReturnType<typeof twoSides>> {
  const { ana, jun } = await opened();
  ana.send({ kind: 'voice.start', peer: 'other' });
  await Promise.all([ana.untilVoice({ mine: 'on' }), jun.untilVoice({ theirs: true })]);
  return { ana, jun };
}

/** Everything handed over in memory has arrived. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Resolves once a short measurement is as wanted. */
async function untilLevel(stream: MediaStream, isWanted: (level: number) => boolean): Promise<void> {
  for (let round = 0; round < 20; round++) if (isWanted(await loudness(stream, 100))) return;
  throw new Error('the level never came');
}

/** Loudness near 1 kHz over the next `windowMs`: the highest level seen, in dBFS. */
async function loudness(stream: MediaStream, windowMs = 400): Promise<number> {
  const element = new Audio();
  element.srcObject = stream;
  await element.play();
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 2048, smoothingTimeConstant: 0 });
  context.createMediaStreamSource(stream).connect(analyser);
  const bins = new Float32Array(analyser.frequencyBinCount);
  const tone = Math.round((1000 * analyser.fftSize) / context.sampleRate);
  let level = Number.NEGATIVE_INFINITY;
  for (const end = performance.now() + windowMs; performance.now() < end; ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    analyser.getFloatFrequencyData(bins);
    level = Math.max(level, ...bins.subarray(tone - 2, tone + 3));
  }
  await context.close();
  element.srcObject = null;
  return level;
}

const OPEN_ID = 'a'.repeat(32);
const OTHER_ID = 'b'.repeat(32);

const inPage = { twoSides, closeAll, opened, speaking, settled, loudness, untilLevel, OPEN_ID, OTHER_ID };
declare global {
  var lab: typeof inPage;
}
globalThis.lab = inPage;
export type Lab = typeof inPage;
