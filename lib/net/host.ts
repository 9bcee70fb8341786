/**
 * The network host: relays' sockets and contacts' strings behind one link to the background. The same code runs in Chrome's
 * offscreen document and in Firefox's background page. Moves ciphertext; never sees a key, and cannot: it imports no session code.
 */
import type { HostHello, LinkCommand, LinkEvent, LinkFrame, PeerId } from '../app/link';
import type { Clock, Random } from '../app/ports';
import type { Channel } from '../bus/channel';
import { toHex } from '../protocol/bytes';
import { decodeServerFrame } from '../protocol/relay-codec';
import { readCommand } from './command';
import { Faults } from './faults';
import { type SelectedPath, selectedPath } from './ice';
import { type MediaPorts, Voices } from './media';
import { probeNetwork } from './probe';
import { RelaySocket } from './relay-socket';
import { Strings } from './strings';
import { Uplink } from './uplink';

const EPOCH_BYTES = 16;

export interface HostOptions extends MediaPorts {
  /** Opens a port to the background, waking it. */
  readonly connect: () => Channel<LinkCommand, LinkFrame>;
  readonly newSocket: (url: string, protocol: string) => WebSocket;
  readonly newPeer: (configuration: RTCConfiguration) => RTCPeerConnection;
  readonly clock: Clock;
  readonly random: Random;
  /** One short sound. */
  readonly chime: () => void;
  /** Milliseconds that never jump, for round trips. */
  readonly now: () => number;
  /** The browser has found a network again. */
  readonly onOnline: (listener: () => void) => void;
}

export interface Host {
  /** The background has woken: opens a port to it, if none is open. */
  wake(): void;
  /** The path in use to this contact; null without an open string. */
  inspect(peer: PeerId): Promise<SelectedPath | null>;
  /** What the contact sends; null while they send nothing. */
  remoteStream(peer: PeerId): MediaStream | null;
  /** What was refused at the borders, counted by `border:code`. */
  faults(): Readonly<Record<string, number>>;
  close(): void;
}

export function createHost(options: HostOptions): Host {
  const { clock, random, now, newPeer, newSocket, capture, play } = options;
  const epoch = toHex(random.bytes(EPOCH_BYTES));
  const faults = new Faults();
  const relays = new Map<string, RelaySocket>();
  let owner = '';
  const uplink = new Uplink({
    connect: options.connect,
    clock,
    hello,
    // A microphone may outlive the worker that opened it: the next one must know.
    afterHello: () => {
      for (const state of voices.states()) uplink.mention(state);
    },
    onCommand: take,
    onRoom: () => eachRelay((relay) => relay.resume()),
  });
  const tell = (event: LinkEvent) => uplink.tell(event);
  const voices = new Voices({ capture, play, tell, stringOf: (peer) => strings.of(peer) });
  const strings = new Strings({ newPeer, clock, now, faults, tell, isFull: () => uplink.isFull }, voices);

  function hello(): HostHello {
    return {
      epoch,
      owner,
      relays: [...relays].map(([relay, socket]) => ({ relay, state: socket.state, hello: socket.hello })),
      strings: strings.all().map(([peer, { stringId, state, text }]) => {
        return { peer, stringId, isOpen: state === 'open', rttMs: state === 'open' ? text.rttMs : null };
      }),
    };
  }

  function eachRelay(act: (relay: RelaySocket) => void): void {
    for (const relay of relays.values()) act(relay);
  }

  function take(frame: unknown): void {
    const command = readCommand(frame);
    if (command) run(command);
    else faults.count('port', 'bad-command');
  }

  function run(command: LinkCommand): void {
    switch (command.kind) {
      case 'serve':
        serve(command.owner);
        return;
      case 'event.ack':
        uplink.acknowledge(command.upTo);
        return;
      case 'relay.open':
        relayOf(command.relay).open();
        return;
      case 'relay.close':
        relays.get(command.relay)?.close();
        relays.delete(command.relay);
        return;
      case 'relay.request':
        request(command);
        return;
      case 'string.open':
        strings.open(command);
        return;
      case 'string.signal':
        strings.take(command);
        return;
      case 'string.send':
        strings.of(command.peer)?.text.send(command.token, command.bytes);
        return;
      case 'string.received':
        received(command);
        return;
      case 'string.close':
        strings.close(command.peer);
        return;
      case 'probe':
        probe(command).catch(() => faults.count('peer', 'probe-failed'));
        return;
      case 'voice.start':
        voices.start(command.peer);
        return;
      case 'voice.stop':
        voices.stop(command.peer);
        return;
      case 'chime':
        options.chime();
        return;
      case 'voice.mute':
        voices.mute(command.isMuted);
        return;
      default:
        command satisfies never;
    }
  }

  async function probe({ token, stunUrls }: Extract<LinkCommand, { kind: 'probe' }>): Promise<void> {
    tell({ kind: 'probed', token, network: await probeNetwork(newPeer, clock, stunUrls) });
  }

  function closeAll(): void {
    voices.close();
    strings.closeAll();
    eachRelay((relay) => relay.close());
    relays.clear();
  }

  function serve(next: string): void {
    if (next === owner) return;
    owner = next;
    closeAll();
    uplink.startOver();
  }

  function request({ relay, token, frame }: Extract<LinkCommand, { kind: 'relay.request' }>): void {
    const isAnswered = uplink.isHeld((event) => event.kind === 'relay.reply' && event.relay === relay && event.token === token);
    if (isAnswered) return;
    const socket = relays.get(relay);
    if (socket) socket.request(token, frame);
    else tell({ kind: 'relay.unanswered', relay, token });
  }

  function received({ peer, stringId, frame }: Extract<LinkCommand, { kind: 'string.received' }>): void {
    const string = strings.of(peer);
    if (string?.stringId === stringId) string.text.acknowledge(frame);
  }

  function relayOf(relay: string): RelaySocket {
    const known = relays.get(relay);
    if (known) return known;
    const socket = new RelaySocket({ relay, newSocket, clock, random, faults, report: relayReport(relay) });
    relays.set(relay, socket);
    return socket;
  }

  function relayReport(relay: string) {
    return {
      state(state: RelaySocket['state'], cause: RelayStateEvent['cause'], retryAtMs: number, isNews: boolean): void {
        const event: RelayStateEvent = { kind: 'relay.state', relay, state, cause, retryAtMs };
        if (!isNews) {
          uplink.mention(event);
          return;
        }
        uplink.supersede((held) => isStaleRelayEvent(held, relay));
        uplink.tell(event);
      },
      push(frame: Uint8Array<ArrayBuffer>): boolean {
        if (uplink.isFull) return false;
        tell({ kind: 'relay.push', relay, frame });
        return true;
      },
      reply: (token: string, frame: Uint8Array<ArrayBuffer>) => tell({ kind: 'relay.reply', relay, token, frame }),
      unanswered: (token: string) => tell({ kind: 'relay.unanswered', relay, token }),
    };
  }

  options.onOnline(() => eachRelay((relay) => relay.wentOnline()));
  uplink.connect();
  return {
    wake: () => uplink.connect(),
    inspect: async (peer) => {
      const string = strings.of(peer);
      return string?.state === 'open' ? selectedPath(string.connection) : null;
    },
    remoteStream: (peer) => voices.remoteStream(peer),
    faults: () => faults.all(),
    close() {
      uplink.close();
      closeAll();
    },
  };
}

type RelayStateEvent = Extract<LinkEvent, { kind: 'relay.state' }>;

/** A connection that changed state makes its earlier states untrue, and an earlier HELLO's nonce worthless. */
function isStaleRelayEvent(event: LinkEvent, relay: string): boolean {
  if (event.kind === 'relay.state') return event.relay === relay;
  return event.kind === 'relay.push' && event.relay === relay && decodeServerFrame(event.frame).frame.kind === 'hello';
}
