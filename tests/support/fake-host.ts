/**
 * The network host without a network: sockets to fake relays, strings that join two fake hosts in memory. Keeps its events
 * until they are acknowledged, as the real one does, so that a background may die under it.
 */

import type { HostHello, LinkChannel, LinkCommand, LinkEvent, LinkFrame } from '../../lib/app/link';
import type { Clock } from '../../lib/app/ports';
import { loopback } from '../../lib/bus/loopback';
import type { Bytes } from '../../lib/protocol/bytes';
import { decodeClientFrame, encodeServerFrame } from '../../lib/protocol/relay-codec';
import type { Signal } from '../../lib/protocol/signal';
import type { FakeRelay, RelayConnection } from './fake-relay';

const OFFERS = 4;
const REPEAT_MS = 5000;
const RECONNECT_MS = 1000;

interface Socket {
  readonly connection: RelayConnection;
  hello: Bytes | null;
}

interface FakeString {
  readonly stringId: string;
  /** The other host and the name it has for this one; null until the answer. */
  far: { readonly host: FakeHost; readonly peer: string } | null;
  readonly sent: Map<string, number>;
  readonly tokens: Map<number, string>;
}

/** Finds the far end of a string by its id, as ICE would by its addresses. */
export interface Ether {
  readonly offers: Map<string, { readonly host: FakeHost; readonly peer: string }>;
  readonly answers: Map<string, { readonly host: FakeHost; readonly peer: string }>;
  /** False: no direct path exists. */
  isPassable: boolean;
}

export class FakeHost {
  readonly #relays: ReadonlyMap<string, FakeRelay>;
  readonly #ether: Ether;
  readonly #clock: Clock;
  readonly #sockets = new Map<string, Socket>();
  /** Taken over by another connection: no more tries until the background closes them. */
  readonly #replaced = new Set<string>();
  readonly #strings = new Map<string, FakeString>();
  readonly #epoch = crypto.randomUUID();
  owner = '';
  #held: { readonly sequence: number; readonly event: LinkEvent }[] = [];
  #sequence = 0;
  #port: { send(frame: LinkFrame): void; close(): void } | null = null;
  /** Frames given to `string.send`, for tests that look at the wire. */
  readonly wire: Bytes[] = [];
  /** Sees every command that comes over the port. */
  onCommand: (command: LinkCommand) => void = () => undefined;
  /** Sees every event as it happens. */
  onEvent: (event: LinkEvent) => void = () => undefined;
  /** So often it was asked for its sound. */
  chimes = 0;
  /** What is sent on strings gets lost on the way. */
  isDeaf = false;
  /** What STUN would show; null: the host never says. */
  network: 'steady' | 'symmetric' | 'blocked' | null = 'steady';
  /** No relay can be reached. */
  #isOffline = false;
  readonly #wanted = new Set<string>();

  constructor(relays: ReadonlyMap<string, FakeRelay>, ether: Ether, clock: Clock) {
    this.#relays = relays;
    this.#ether = ether;
    this.#clock = clock;
  }

  /** A new port to a background; what was not acknowledged is said again. */
  get isConnected(): boolean {
    return this.#port !== null;
  }

  connect(): LinkChannel {
    this.#port?.close();
    const [background, mine] = loopback<LinkFrame, LinkCommand>();
    this.#port = mine;
    mine.onClose(() => {
      if (this.#port === mine) this.#port = null;
    });
    mine.onFrame((command) => this.#obey(command));
    this.#greet();
    return background;
  }

  #greet(): void {
    const hello: HostHello = {
      epoch: this.#epoch,
      owner: this.owner,
      relays: [...this.#sockets].map(([relay, { hello: frame }]) => ({ relay, state: 'open', hello: frame })),
      strings: [...this.#strings].map(([peer, { stringId, far }]) => ({ peer, stringId, isOpen: far !== null, rttMs: 1 })),
    };
    this.#port?.send({ kind: 'hello', hello });
    for (const held of this.#held) this.#port?.send({ kind: 'event', ...held });
  }

  #tell(event: LinkEvent): void {
    this.onEvent(event);
    const held = { sequence: ++this.#sequence, event };
    this.#held.push(held);
    this.#port?.send({ kind: 'event', ...held });
  }

  /** Says something a real host would never say, or not now. */
  inject(event: LinkEvent): void {
    this.#tell(event);
  }

  #obey(command: LinkCommand): void {
    this.onCommand(command);
    switch (command.kind) {
      case 'serve':
        if (command.owner === this.owner) return;
        this.owner = command.owner;
        this.#closeAll();
        this.#greet();
        return;
      case 'event.ack':
        this.#held = this.#held.filter(({ sequence }) => sequence > command.upTo);
        return;
      case 'relay.open':
        this.#openRelay(command.relay);
        return;
      case 'relay.close':
        this.#replaced.delete(command.relay);
        this.dropRelay(command.relay);
        return;
      case 'relay.request':
        this.#request(command);
        return;
      case 'string.open':
        this.#ether.offers.set(command.stringId, { host: this, peer: command.peer });
        this.#strings.set(command.peer, { stringId: command.stringId, far: null, sent: new Map(), tokens: new Map() });
        this.#offer(command.peer, command.stringId, OFFERS);
        return;
      case 'string.signal':
        this.#takeSignal(command);
        return;
      case 'string.send':
        this.#send(command);
        return;
      case 'string.received':
        this.#received(command.peer, command.frame);
        return;
      case 'string.close':
        this.cut(command.peer);
        return;
      case 'probe':
        if (this.network) this.#tell({ kind: 'probed', token: command.token, network: this.network });
        return;
      case 'voice.start':
      case 'voice.stop':
      case 'voice.mute':
        return;
      case 'chime':
        this.chimes += 1;
        return;
      default:
        command satisfies never;
    }
  }

  goOffline(): void {
    this.#isOffline = true;
    for (const relay of [...this.#sockets.keys()]) this.dropRelay(relay);
  }

  goOnline(): void {
    this.#isOffline = false;
    for (const relay of this.#wanted) this.#openRelay(relay);
  }

  #openRelay(url: string): void {
    const relay = this.#relays.get(url);
    this.#wanted.add(url);
    if (this.#isOffline) {
      this.#tell({ kind: 'relay.state', relay: url, state: 'offline', cause: 'unreachable', retryAtMs: 0 });
      return;
    }
    if (!relay || this.#sockets.has(url)) return;
    if (this.#replaced.has(url)) {
      this.#tell({ kind: 'relay.state', relay: url, state: 'offline', cause: 'replaced', retryAtMs: 0 });
      return;
    }
    let socket: Socket | null = null;
    const connection = relay.connect((frame) => {
      const bytes = encodeServerFrame(frame, 0);
      if (frame.kind === 'hello') queueMicrotask(() => this.#helloArrived(url, bytes));
      else if (socket) this.#tell({ kind: 'relay.push', relay: url, frame: bytes });
    });
    socket = { connection, hello: null };
    this.#sockets.set(url, socket);
    connection.onReplaced = () => {
      if (this.#sockets.get(url)?.connection !== connection) return;
      this.#replaced.add(url);
      this.#sockets.delete(url);
      this.#tell({ kind: 'relay.state', relay: url, state: 'offline', cause: 'replaced', retryAtMs: 0 });
    };
  }

  #helloArrived(url: string, bytes: Bytes): void {
    const socket = this.#sockets.get(url);
    if (!socket) return;
    socket.hello = bytes;
    this.#tell({ kind: 'relay.state', relay: url, state: 'open', cause: null, retryAtMs: 0 });
    this.#tell({ kind: 'relay.push', relay: url, frame: bytes });
  }

  #request({ relay, token, frame }: Extract<LinkCommand, { kind: 'relay.request' }>): void {
    const socket = this.#sockets.get(relay);
    if (!socket) {
      this.#tell({ kind: 'relay.unanswered', relay, token });
      return;
    }
    const reply = socket.connection.relay.ask(socket.connection, decodeClientFrame(frame).frame);
    this.#tell({ kind: 'relay.reply', relay, token, frame: encodeServerFrame(reply, 1) });
  }

  /** The WebSocket to this relay breaks. */
  dropRelay(url: string): void {
    const socket = this.#sockets.get(url);
    if (!socket) return;
    socket.connection.relay.disconnect(socket.connection);
    this.#sockets.delete(url);
    this.#tell({ kind: 'relay.state', relay: url, state: 'offline', cause: 'unreachable', retryAtMs: 0 });
  }

  /** It breaks, and is made again a moment later, as the real host does by itself. */
  interruptRelay(url: string): void {
    if (!this.#sockets.has(url)) return;
    this.dropRelay(url);
    this.#clock.after(RECONNECT_MS, () => {
      if (this.#port !== null) this.#openRelay(url);
    });
  }

  #signal(peer: string, stringId: string, signal: Signal): void {
    this.#tell({ kind: 'string.signal', peer, stringId, signal });
  }

  /** Live frames may get lost, so an unanswered offer is said again. */
  #offer(peer: string, stringId: string, left: number): void {
    const string = this.#strings.get(peer);
    if (string?.stringId !== stringId || string.far) return;
    if (left > 0) {
      this.#signal(peer, stringId, { kind: 'offer', sdp: 'v=0 offer' });
      this.#clock.after(REPEAT_MS, () => this.#offer(peer, stringId, left - 1));
      return;
    }
    this.#strings.delete(peer);
    this.#tell({ kind: 'string.state', peer, stringId, state: 'failed', rttMs: null, cause: 'no-answer' });
  }

  #takeSignal({ peer, stringId, signal, isPolite }: Extract<LinkCommand, { kind: 'string.signal' }>): void {
    const mine = this.#strings.get(peer);
    if (signal.kind === 'offer') {
      const isOffering = mine?.far === null;
      const far = this.#ether.offers.get(stringId);
      if ((isOffering && !isPolite) || !far || !this.#ether.isPassable) return;
      this.#strings.set(peer, { stringId, far, sent: new Map(), tokens: new Map() });
      this.#ether.answers.set(stringId, { host: this, peer });
      this.#signal(peer, stringId, { kind: 'answer', sdp: 'v=0 answer' });
    }
    const far = this.#ether.answers.get(stringId);
    if (signal.kind !== 'answer' || mine?.stringId !== stringId || !far) return;
    mine.far = far;
    this.#tell({ kind: 'string.state', peer, stringId, state: 'open', rttMs: 1, cause: null });
    far.host.joined(far.peer, stringId);
  }

  /** The offering side has the answer. */
  joined(peer: string, stringId: string): void {
    if (this.#strings.get(peer)?.stringId === stringId)
      this.#tell({ kind: 'string.state', peer, stringId, state: 'open', rttMs: 1, cause: null });
  }

  #send({ peer, token, bytes }: Extract<LinkCommand, { kind: 'string.send' }>): void {
    const string = this.#strings.get(peer);
    if (!string?.far || string.sent.has(token)) return;
    const frame = string.sent.size + 1;
    string.sent.set(token, frame);
    string.tokens.set(frame, token);
    this.wire.push(bytes);
    if (!this.isDeaf) string.far.host.deliver(string.far.peer, string.stringId, frame, bytes);
  }

  deliver(peer: string, stringId: string, frame: number, bytes: Bytes): void {
    if (this.#strings.get(peer)?.stringId === stringId) this.#tell({ kind: 'string.frame', peer, stringId, frame, bytes });
  }

  #received(peer: string, frame: number): void {
    const far = this.#strings.get(peer)?.far;
    far?.host.acked(far.peer, frame);
  }

  acked(peer: string, frame: number): void {
    const token = this.#strings.get(peer)?.tokens.get(frame);
    if (token) this.#tell({ kind: 'string.ack', peer, token, rttMs: 1 });
  }

  /** The string breaks on both sides. */
  cut(peer: string): void {
    const string = this.#strings.get(peer);
    if (!string) return;
    this.#strings.delete(peer);
    this.#tell({ kind: 'string.state', peer, stringId: string.stringId, state: 'closed', rttMs: null, cause: null });
    string.far?.host.cut(string.far.peer);
  }

  cutAll(): void {
    for (const peer of [...this.#strings.keys()]) this.cut(peer);
  }

  /** The process is gone: sockets close, strings break on the far side, nothing more is said. */
  kill(): void {
    this.#port?.close();
    this.#port = null;
    this.#closeAll();
  }

  #closeAll(): void {
    for (const { connection } of this.#sockets.values()) connection.relay.disconnect(connection);
    this.#sockets.clear();
    this.cutAll();
    this.#held = [];
  }
}
