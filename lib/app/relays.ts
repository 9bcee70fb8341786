/**
 * Relay connections as the app sees them: which are wanted, how each stands, and questions with answers.
 *
 *   offline ──relay.state──▶ connecting ──HELLO──▶ open ──rights.ts──▶ ready
 */
import { type Bytes, equalBytes, toHex } from '../protocol/bytes';
import type { ClientFrame, ServerFrame } from '../protocol/relay';
import { decodeServerFrame, encodeClientFrame } from '../protocol/relay-codec';
import { passFrame, pay } from './admission';
import type { Core } from './core';
import { AppError } from './errors';
import type { HostHello, LinkEvent } from './link';
import { relaysOf } from './queues';
import type { ContactRecord } from './records';
import type { RelayView } from './view';

const ANSWER_MS = 15_000;
const OPEN_MS = 8000;
const MAX_PAYMENTS = 3;

type Hello = Extract<ServerFrame, { kind: 'hello' }>;

interface RelayEntry {
  view: RelayView;
  nonce: Bytes | null;
  offsetMs: number;
  stunUrls: readonly string[];
  retentionMs: number;
  /** Questions under way. */
  asks: number;
  /** Called once when the relay is next open. */
  openWaiters: Set<() => void>;
}

export interface Relays {
  view(): RelayView;
  /** Opens what is wanted; a queue on a relay makes it wanted. */
  open(relay: string): void;
  openAll(): void;
  /** Leaves the relays that nothing is on any more. */
  closeUnused(): void;
  /** The user wants it here: also one whose connection another place has taken over. */
  use(relay: string): void;
  /** The user is about to need them: what isn't open is tried now, not when its back-off ends. */
  hasten(): void;
  /**
   * Pays with work when the relay asks for it.
   * @throws {AppError} relay-unreachable when no answer comes, relay-refused when it asks for too much work
   */
  ask(relay: string, frame: ClientFrame): Promise<ServerFrame>;
  /** For an owed send: the answer comes as an event under `token`, also to a later worker. */
  tell(relay: string, token: string, frame: ClientFrame): void;
  isOpen(relay: string): boolean;
  /** The relay's clock, as far as this device knows it: both ends of a queue share it. */
  now(relay: string): number;
  /** This connection's nonce; null while it is not open. */
  nonce(relay: string): Bytes | null;
  /**
   * For a string with this contact: those of the relay on which this user reads; where that one has none, of the contact's, to which
   * this device is connected as well.
   */
  stunUrls(contact: Pick<ContactRecord, 'mine' | 'theirs'>): readonly string[];
  /** What this relay names. */
  stunOf(relay: string): readonly string[];
  /** How long this relay keeps anything, as its HELLO said; infinite until then. */
  retentionMs(relay: string): number;
  onHostHello(hello: HostHello): Promise<void>;
  onState(event: Extract<LinkEvent, { kind: 'relay.state' }>): void;
  onHello(relay: string, hello: Hello, isFresh: boolean): Promise<void>;
  onReply(event: LinkEvent): boolean;
}

export function createRelays(core: Core): Relays {
  const { journal, world } = core;
  const entries = new Map<string, RelayEntry>();
  const questions = new Map<string, { resolve: (frame: ServerFrame) => void; reject: (error: Error) => void }>();
  // A token of an earlier worker must not be answered as one of this worker's.
  const life = toHex(world.random.bytes(8));
  let asked = 0;

  function entry(relay: string): RelayEntry {
    let found = entries.get(relay);
    if (!found) {
      found = {
        view: { kind: 'connecting', url: relay },
        nonce: null,
        offsetMs: 0,
        stunUrls: [],
        retentionMs: Number.POSITIVE_INFINITY,
        asks: 0,
        openWaiters: new Set(),
      };
      entries.set(relay, found);
    }
    return found;
  }

  function opened(relay: string): Promise<void> {
    const here = entry(relay);
    if (here.view.kind === 'open') return Promise.resolve();
    relays.open(relay);
    return new Promise((resolve, reject) => {
      const cancel = world.clock.after(OPEN_MS, () => {
        here.openWaiters.delete(arrive);
        reject(new AppError('relay-unreachable'));
      });
      const arrive = () => {
        cancel();
        resolve();
      };
      here.openWaiters.add(arrive);
    });
  }

  async function ask(relay: string, frame: ClientFrame): Promise<ServerFrame> {
    const here = entry(relay);
    here.asks += 1;
    try {
      return await askAndPay(relay, frame);
    } finally {
      here.asks -= 1;
    }
  }

  async function askAndPay(relay: string, frame: ClientFrame): Promise<ServerFrame> {
    let asked = frame;
    for (let turn = 0; ; turn++) {
      const reply = await askOnce(relay, asked);
      // What was paid for one connection may be asked for again on the next; not for ever.
      if (reply.kind !== 'err' || reply.code !== 'POW' || !('work' in asked) || turn === MAX_PAYMENTS) return reply;
      asked = await pay(core, relay, { frame: asked, bits: reply.workBits });
    }
  }

  async function askOnce(relay: string, frame: ClientFrame): Promise<ServerFrame> {
    await opened(relay);
    const token = `ask:${life}:${asked++}`;
    return new Promise((resolve, reject) => {
      const cancel = world.clock.after(ANSWER_MS, () => {
        questions.delete(token);
        reject(new AppError('relay-unreachable'));
      });
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          cancel();
          settle(value);
        };
      questions.set(token, { resolve: settled(resolve), reject: settled(reject) });
      tell(relay, token, frame);
    });
  }

  function tell(relay: string, token: string, frame: ClientFrame): void {
    core.link.send({ kind: 'relay.request', relay, token, frame: encodeClientFrame(frame, 0) });
  }

  function setView(relay: string, view: RelayView): void {
    const here = entry(relay);
    here.view = view;
    // Whether a contact can be reached is part of how they are shown.
    for (const { id, theirs } of journal.contacts.values()) if (theirs.relay === relay) core.hub.contact(id);
    if (view.kind === 'open') {
      for (const arrive of here.openWaiters) arrive();
      here.openWaiters.clear();
    }
    if (relay === journal.relay) core.hub.patch([{ kind: 'relay', relay: view }]);
  }

  function disconnected(relay: string, view: RelayView): void {
    entry(relay).nonce = null;
    core.rights.lose(relay);
    setView(relay, view);
  }

  function wanted(): ReadonlySet<string> {
    const relays = [...journal.contacts.values()].flatMap(relaysOf);
    for (const { queue } of journal.invites.values()) relays.push(queue.relay);
    for (const { what, fromMs } of journal.closings.values()) if (fromMs <= world.clock.now()) relays.push(what.relay);
    for (const [relay, { asks }] of entries) if (asks > 0) relays.push(relay);
    return new Set(journal.relay ? [journal.relay, ...relays] : relays);
  }

  const relays: Relays = {
    view: () => (journal.relay ? entry(journal.relay).view : { kind: 'none' }),
    open(relay) {
      entry(relay);
      core.link.send({ kind: 'relay.open', relay });
    },
    use(relay) {
      const { view } = entry(relay);
      // The host goes back to it only as to one that was never open.
      if (view.kind === 'offline' && view.cause === 'replaced') core.link.send({ kind: 'relay.close', relay });
      relays.open(relay);
    },
    openAll() {
      for (const relay of wanted()) relays.open(relay);
    },
    closeUnused() {
      const used = wanted();
      for (const relay of [...entries.keys()].filter((one) => !used.has(one))) {
        entries.delete(relay);
        core.link.send({ kind: 'relay.close', relay });
      }
    },
    hasten() {
      for (const [relay, { view }] of entries) if (view.kind === 'offline') relays.open(relay);
    },
    ask,
    tell,
    isOpen: (relay) => entries.get(relay)?.view.kind === 'open',
    now: (relay) => world.clock.now() + (entries.get(relay)?.offsetMs ?? 0),
    nonce: (relay) => entries.get(relay)?.nonce ?? null,
    retentionMs: (relay) => entries.get(relay)?.retentionMs ?? Number.POSITIVE_INFINITY,
    stunOf: (relay) => entries.get(relay)?.stunUrls ?? [],
    stunUrls({ mine, theirs }) {
      const named = [mine, theirs].map(({ relay }) => entries.get(relay)?.stunUrls ?? []);
      return named.find((urls) => urls.length > 0) ?? [];
    },
    async onHostHello(hello) {
      const open = new Map(hello.relays.map(({ relay, state, hello: frame }) => [relay, state === 'open' ? frame : null]));
      // What another host had open is gone with it.
      for (const relay of new Set([...entries.keys(), ...open.keys()]))
        if (!open.get(relay)) disconnected(relay, { kind: 'connecting', url: relay });
      relays.openAll();
      for (const [relay, bytes] of open) {
        const frame = bytes && decodeServerFrame(bytes).frame;
        if (frame?.kind === 'hello') await relays.onHello(relay, frame, false);
      }
    },
    onState({ relay, state, cause, retryAtMs }) {
      if (state === 'open') return;
      if (state === 'connecting') disconnected(relay, { kind: state, url: relay });
      else disconnected(relay, { kind: state, url: relay, cause: cause ?? 'unreachable', retryAtMs });
    },
    async onHello(relay, hello, isFresh) {
      const here = entry(relay);
      if (here.nonce && equalBytes(here.nonce, hello.nonce)) return;
      const kept = await core.rights.resume(relay, hello.nonce);
      here.nonce = hello.nonce;
      here.stunUrls = hello.stunUrls;
      here.retentionMs = hello.retentionSeconds * 1000;
      if (kept) here.offsetMs = kept.offsetMs;
      else if (isFresh) here.offsetMs = hello.timeMs - world.clock.now();
      if (isFresh) core.expiry.compare(relay, hello.timeMs);
      // Ahead of everything that waits for the relay to be open. Nobody waits for the answer: without it, NEW is refused.
      const pass = passFrame(core, relay);
      if (pass) tell(relay, `ask:${life}:${asked++}`, pass);
      setView(relay, { kind: 'open', url: relay });
      void core.rights.connect(relay);
    },
    onReply(event) {
      if (event.kind !== 'relay.reply' && event.kind !== 'relay.unanswered') return false;
      if (!event.token.startsWith('ask:')) return false;
      const question = questions.get(event.token);
      questions.delete(event.token);
      if (event.kind === 'relay.unanswered') question?.reject(new AppError('relay-unreachable'));
      else {
        try {
          question?.resolve(decodeServerFrame(event.frame).frame);
        } catch {
          question?.reject(new AppError('relay-refused'));
        }
      }
      return true;
    },
  };
  return relays;
}
