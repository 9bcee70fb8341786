/**
 * Relay connections as the app sees them: which are wanted, which queues are proved on each, and questions with answers.
 *
 *   offline ──relay.state──▶ connecting ──HELLO──▶ open ──(make queues, register keys, prove rights)──▶ ready
 *
 * A dying worker loses only what is in memory here; `proved` is kept under the connection's nonce, so that a new worker
 * on the same connection proves nothing twice.
 */
import { type Bytes, equalBytes, toHex } from '../protocol/bytes';
import { queuePublicKey, signAsQueue } from '../protocol/queue-keys';
import { type ClientFrame, MAX_PROOFS, type ServerFrame } from '../protocol/relay';
import { decodeServerFrame, encodeClientFrame } from '../protocol/relay-codec';
import { proofMessage, relayOrigin } from '../protocol/relay-proof';
import type { Core } from './core';
import { AppError } from './errors';
import type { HostHello, LinkEvent } from './link';
import { type ContactRecord, keys, type MyQueue, type ProvedRecord, type TheirQueue } from './records';
import type { RelayView } from './view';

const ANSWER_MS = 15_000;
const OPEN_MS = 8000;
/** A relay that puts something off is not asked again sooner, nor left alone for longer, whatever it says. */
const PUT_OFF_MS = { least: 500, most: 60_000 } as const;

type Hello = Extract<ServerFrame, { kind: 'hello' }>;

interface RelayEntry {
  view: RelayView;
  nonce: Bytes | null;
  offsetMs: number;
  stunUrls: readonly string[];
  retentionMs: number;
  proved: Set<string>;
  connecting: Promise<void> | null;
  isStale: boolean;
  isPutOff: boolean;
  /** Called once when the relay is next open. */
  openWaiters: Set<() => void>;
}

export interface Relays {
  view(): RelayView;
  /** Opens what is wanted; a queue on a relay makes it wanted. */
  open(relay: string): void;
  openAll(): void;
  /** @throws {AppError} relay-unreachable when no answer comes. */
  ask(relay: string, frame: ClientFrame): Promise<ServerFrame>;
  /** For an owed send: the answer comes as an event under `token`, also to a later worker. */
  tell(relay: string, token: string, frame: ClientFrame): void;
  canWrite(queue: TheirQueue): boolean;
  /** The relay's clock, as far as this device knows it: both ends of a queue share it. */
  now(relay: string): number;
  /** This connection's nonce; null while it is not open. */
  nonce(relay: string): Bytes | null;
  stunUrls(relay: string): readonly string[];
  /** How long this relay keeps anything, as its HELLO said; infinite until then. */
  retentionMs(relay: string): number;
  /** Makes, registers and proves every queue on this relay that still needs it. */
  connectQueues(relay: string): Promise<void>;
  onHostHello(hello: HostHello): Promise<void>;
  onState(event: Extract<LinkEvent, { kind: 'relay.state' }>): void;
  onHello(relay: string, hello: Hello, isFresh: boolean): Promise<void>;
  onReply(event: LinkEvent): boolean;
}

function readerMark(queue: MyQueue, isLive: boolean): string {
  return `r${isLive ? '+' : '-'}${toHex(queue.rid as Bytes)}`;
}

function writerMark(queue: TheirQueue): string {
  return `w${toHex(queue.sid)}`;
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
        proved: new Set(),
        connecting: null,
        isStale: false,
        isPutOff: false,
        openWaiters: new Set(),
      };
      entries.set(relay, found);
    }
    return found;
  }

  function opened(relay: string): Promise<void> {
    const here = entry(relay);
    relays.open(relay);
    if (here.view.kind === 'open') return Promise.resolve();
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

  /** Asks; what the relay refuses for now only is asked again later, with all else that is then missing. */
  async function askPatiently(relay: string, frame: ClientFrame): Promise<ServerFrame> {
    const here = entry(relay);
    const reply = await ask(relay, frame);
    if (reply.kind !== 'err' || reply.retryMs === 0 || here.isPutOff) return reply;
    here.isPutOff = true;
    world.clock.after(Math.min(Math.max(reply.retryMs, PUT_OFF_MS.least), PUT_OFF_MS.most), () => {
      here.isPutOff = false;
      void relays.connectQueues(relay);
    });
    return reply;
  }

  function tell(relay: string, token: string, frame: ClientFrame): void {
    core.link.send({ kind: 'relay.request', relay, token, frame: encodeClientFrame(frame, 0) });
  }

  async function makeQueue(queue: MyQueue): Promise<MyQueue> {
    const reply = await askPatiently(queue.relay, {
      kind: 'new',
      newId: queue.newId,
      readerKey: queuePublicKey(queue.readerSecret),
      doorbellKey: queuePublicKey(queue.doorbellSecret),
    });
    if (reply.kind !== 'ok-queue') throw new AppError('relay-refused');
    return { ...queue, rid: reply.rid, sid: reply.sid };
  }

  /** Each step is idempotent at the relay and committed before the next. A request may have replaced the queue meanwhile: then it is not of it. */
  async function prepare(contactId: string, relay: string): Promise<void> {
    const update = (change: (contact: ContactRecord) => ContactRecord) =>
      core.lane.run(async () => {
        const contact = journal.contacts.get(contactId);
        if (contact) await journal.commit((draft) => draft.contact(change(contact)));
      });
    const contact = journal.contacts.get(contactId);
    if (!contact || contact.state === 'preview') return;
    if (contact.mine.relay === relay && !contact.mine.rid) {
      const made = await makeQueue(contact.mine);
      await update((now) => (equalBytes(now.mine.newId, made.newId) ? { ...now, mine: made } : now));
    }
    if (contact.state !== 'request' && contact.theirs.relay === relay && !contact.theirs.isRegistered) {
      const writerKey = queuePublicKey(contact.theirs.writerSecret);
      const reply = await askPatiently(relay, { kind: 'key', sid: contact.theirs.sid, writerKey });
      if (reply.kind !== 'ok') throw new AppError('relay-refused');
      const { sid } = contact.theirs;
      await update((now) => (equalBytes(now.theirs.sid, sid) ? { ...now, theirs: { ...now.theirs, isRegistered: true } } : now));
    }
  }

  function readersOn(relay: string): { queue: MyQueue; isLive: boolean }[] {
    const found: { queue: MyQueue; isLive: boolean }[] = [];
    for (const contact of journal.contacts.values()) {
      if (contact.mine.relay === relay && contact.mine.rid) found.push({ queue: contact.mine, isLive: contact.state === 'accepted' });
    }
    for (const invite of journal.invites.values()) {
      if (invite.queue.relay === relay && invite.queue.rid) found.push({ queue: invite.queue, isLive: false });
    }
    return found;
  }

  async function provedOn(): Promise<Readonly<Record<string, ProvedRecord | undefined>>> {
    return ((await journal.store.get(keys.proved)) ?? {}) as Record<string, ProvedRecord | undefined>;
  }

  async function prove(relay: string): Promise<void> {
    const here = entry(relay);
    const { nonce } = here;
    if (!nonce) return;
    const origin = relayOrigin(relay);
    const readers = readersOn(relay).filter(({ queue, isLive }) => !here.proved.has(readerMark(queue, isLive)));
    const writers = [...journal.contacts.values()].filter(
      ({ theirs }) => theirs.relay === relay && theirs.isRegistered && !here.proved.has(writerMark(theirs)),
    );
    for (let i = 0; i < readers.length; i += MAX_PROOFS) {
      const part = readers.slice(i, i + MAX_PROOFS);
      const proofs = part.map(({ queue, isLive }) => {
        const rid = queue.rid as Bytes;
        const message = proofMessage({ origin, nonce, queueId: rid, role: 'reader' });
        return { rid, role: 'reader' as const, isLive, signature: signAsQueue(queue.readerSecret, message) };
      });
      const reply = await askPatiently(relay, { kind: 'sub', proofs });
      if (reply.kind === 'ok-proofs') {
        for (const [k, { queue, isLive }] of part.entries()) if (reply.accepted[k]) here.proved.add(readerMark(queue, isLive));
      }
    }
    for (let i = 0; i < writers.length; i += MAX_PROOFS) {
      const part = writers.slice(i, i + MAX_PROOFS);
      const proofs = part.map(({ theirs }) => {
        const message = proofMessage({ origin, nonce, queueId: theirs.sid, role: 'writer' });
        return { sid: theirs.sid, signature: signAsQueue(theirs.writerSecret, message) };
      });
      const reply = await askPatiently(relay, { kind: 'open', proofs });
      if (reply.kind === 'ok-proofs')
        for (const [k, { theirs }] of part.entries()) if (reply.accepted[k]) here.proved.add(writerMark(theirs));
    }
    if (here.nonce !== nonce || readers.length + writers.length === 0) return;
    const record: ProvedRecord = { nonce, offsetMs: here.offsetMs, queues: [...here.proved] };
    await core.lane.run(async () => {
      const others = await provedOn();
      await journal.commit((draft) => draft.put(keys.proved, { ...others, [relay]: record }));
    });
    for (const contact of writers) core.strings.onWritable(contact.id);
  }

  async function runOnce(relay: string): Promise<void> {
    for (const contact of [...journal.contacts.values()]) {
      if (contact.mine.relay !== relay && contact.theirs.relay !== relay) continue;
      // One contact's refused queue must not hold up the others.
      await prepare(contact.id, relay).catch((error: unknown) => world.report(error));
    }
    await prove(relay);
    core.boxes.tend(relay);
    core.heal.tend(relay);
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
    Object.assign(entry(relay), { nonce: null, proved: new Set() });
    setView(relay, view);
  }

  const relays: Relays = {
    view: () => (journal.relay ? entry(journal.relay).view : { kind: 'none' }),
    open(relay) {
      entry(relay);
      core.link.send({ kind: 'relay.open', relay });
    },
    openAll() {
      const wanted = new Set<string>();
      if (journal.relay) wanted.add(journal.relay);
      for (const { mine, theirs } of journal.contacts.values()) wanted.add(mine.relay).add(theirs.relay);
      for (const { queue } of journal.invites.values()) wanted.add(queue.relay);
      for (const relay of wanted) relays.open(relay);
    },
    ask,
    tell,
    canWrite: (queue) => {
      const here = entries.get(queue.relay);
      return here?.view.kind === 'open' && here.proved.has(writerMark(queue));
    },
    now: (relay) => world.clock.now() + (entries.get(relay)?.offsetMs ?? 0),
    nonce: (relay) => entries.get(relay)?.nonce ?? null,
    retentionMs: (relay) => entries.get(relay)?.retentionMs ?? Number.POSITIVE_INFINITY,
    stunUrls: (relay) => entries.get(relay)?.stunUrls ?? [],
    connectQueues(relay) {
      const here = entry(relay);
      if (here.view.kind !== 'open') return Promise.resolve();
      if (here.connecting !== null) {
        here.isStale = true;
        return here.connecting;
      }
      const run = async (): Promise<void> => {
        do {
          here.isStale = false;
          await runOnce(relay);
        } while (here.isStale);
      };
      here.connecting = run()
        .catch((error: unknown) => world.report(error))
        .finally(() => {
          here.connecting = null;
        });
      return here.connecting;
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
      const known = (await provedOn())[relay];
      const isSame = known !== undefined && equalBytes(known.nonce, hello.nonce);
      here.nonce = hello.nonce;
      here.stunUrls = hello.stunUrls;
      here.retentionMs = hello.retentionSeconds * 1000;
      here.proved = new Set(isSame ? known.queues : []);
      if (isSame) here.offsetMs = known.offsetMs;
      else if (isFresh) here.offsetMs = hello.timeMs - world.clock.now();
      setView(relay, { kind: 'open', url: relay });
      void relays.connectQueues(relay);
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
