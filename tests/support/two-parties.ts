/** Two people with the whole app floor, real cryptography, and a world in memory that can break anywhere. */

import type { World as AppWorld } from '../../lib/app/core';
import { createFront, type Front } from '../../lib/app/front';
import type { DiskState, Shell, Store } from '../../lib/app/ports';
import { type ContactRecord, keys } from '../../lib/app/records';
import type { ContactView, MessageView, View, ViewCommand, ViewFrame, ViewPatch, ViewResult } from '../../lib/app/view';
import type { LockView } from '../../lib/app/view-lock';
import type { Channel } from '../../lib/bus/channel';
import { loopback } from '../../lib/bus/loopback';
import { type Engine, webCryptoEngine } from '../../lib/protocol/engine';
import { applyPatch } from '../../lib/ui/view-state';
import { FakeClock } from './fake-clock';
import { type Ether, FakeHost } from './fake-host';
import type { FakeLock } from './fake-keyring';
import { FakeDisks } from './fake-profiles';
import { FakeRelay } from './fake-relay';
import type { FakeStore } from './fake-store';
import { quickArgon2id } from './quick-argon2';

/** No worker starts within the millisecond in which another died. */
const WAKE_MS = 25;

export const RELAY = 'wss://relay.test';

type Asked<C = ViewCommand> = C extends { id: string } ? Omit<C, 'id'> : never;

export function newId(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('hex');
}

function watched(clock: FakeClock, engine: Engine): Engine {
  return {
    randomBytes: (size) => engine.randomBytes(size),
    x25519: (...given) => clock.during(engine.x25519(...given)),
    sealAes256Gcm: (...given) => clock.during(engine.sealAes256Gcm(...given)),
    openAes256Gcm: (...given) => clock.during(engine.openAes256Gcm(...given)),
  };
}

export interface World {
  readonly clock: FakeClock;
  readonly relays: Map<string, FakeRelay>;
  readonly ether: Ether;
}

function createWorld(): World {
  const clock = new FakeClock();
  return { clock, relays: new Map([[RELAY, new FakeRelay(clock)]]), ether: { offers: new Map(), answers: new Map(), isPassable: true } };
}

interface PageState {
  readonly epoch: string | null;
  readonly revision: number;
}

/** A page that keeps its view as a real one does. */
class FakePage {
  view: View | null = null;
  lock: LockView | null = null;
  readonly results = new Map<string, ViewResult>();
  readonly frames: ViewFrame[] = [];
  /** Where it was asked to go. */
  readonly led: string[] = [];
  state: PageState;
  readonly #channel: Channel<ViewFrame, ViewCommand>;

  constructor(channel: Channel<ViewFrame, ViewCommand>, conversation: string | null, state: PageState) {
    this.#channel = channel;
    this.state = state;
    channel.onFrame((frame) => this.#take(frame));
    channel.send({ kind: 'hello', ...state, conversation, isVisible: true });
  }

  send(command: ViewCommand): void {
    this.#channel.send(command);
  }

  close(): void {
    this.#channel.close();
  }

  #take(frame: ViewFrame): void {
    this.frames.push(frame);
    if (frame.kind === 'lock') this.#takeLock(frame.lock);
    if (frame.kind === 'show') this.led.push(frame.contactId);
    if (frame.kind === 'snapshot') this.state = { epoch: frame.epoch, revision: frame.revision };
    if (frame.kind === 'patch') this.state = { ...this.state, revision: frame.revision };
    if (frame.kind === 'snapshot') this.view = frame.view;
    if (frame.kind === 'result') this.results.set(frame.id, frame.result);
    if (frame.kind === 'patch') for (const patch of frame.patches) this.#apply(patch);
  }

  /** Says hello again once it is unlocked, as a real page does. */
  #takeLock(lock: LockView): void {
    const wasLocked = this.lock?.isLocked === true;
    this.lock = lock;
    if (lock.isLocked) this.view = null;
    else if (wasLocked) this.#channel.send({ kind: 'hello', epoch: null, revision: 0, conversation: null, isVisible: true });
  }

  #apply(patch: ViewPatch): void {
    const view = this.view;
    if (!view) return;
    switch (patch.kind) {
      case 'contact':
        this.view = { ...view, contacts: [...view.contacts.filter(({ id }) => id !== patch.contact.id), patch.contact] };
        return;
      case 'contact-gone':
        this.view = { ...view, contacts: view.contacts.filter(({ id }) => id !== patch.contactId) };
        return;
      case 'message':
      case 'message-gone':
        this.view = applyPatch(view, patch);
        return;
      case 'conversation':
        this.view = { ...view, conversation: patch.conversation };
        return;
      case 'profile':
        this.view = { ...view, profile: patch.profile };
        return;
      case 'relay':
        this.view = { ...view, relay: patch.relay };
        return;
      case 'invite':
        this.view = { ...view, invite: patch.invite };
        return;
      case 'storage':
        this.view = { ...view, storage: patch.storage };
        return;
      case 'clock':
        this.view = { ...view, isClockDoubted: patch.isDoubted };
        return;
      case 'hints':
        this.view = { ...view, hints: patch.hints };
        return;
      case 'settings':
        this.view = { ...view, settings: patch.settings };
        return;
      case 'earlier':
      case 'later':
        return;
      default:
        patch satisfies never;
    }
  }
}

export class Party {
  readonly world: World;
  readonly disks = new FakeDisks();
  readonly notices: Parameters<Shell['notify']>[0][] = [];
  readonly faults: unknown[] = [];
  /** So many notices without a name. */
  bells = 0;
  /** Of the whole extension. */
  reloads = 0;
  isIdle = false;
  /** Its clocks are so far ahead of UTC. */
  zoneMinutes = 0;
  /** Contacts whose notice was taken away, in order. */
  readonly dismissed: string[] = [];
  /** As the browser tells it. */
  disk: DiskState = { usedBytes: 1e6, freeBytes: 1e9, isKept: true };
  /** The host does not come back by itself. */
  isHostAway = false;
  badge: Parameters<Shell['badge']>[0] | null = null;
  host: FakeHost;
  page!: FakePage;
  front!: Front;
  /** As the background that lives now was given it. */
  appWorld!: AppWorld;
  #isAlive = { value: true };
  #conversation: string | null = null;

  /** Of the active profile, on this device's disk. */
  get store(): FakeStore {
    return this.disks.disk().store;
  }

  /** Beside the store. */
  get lock(): FakeLock {
    return this.disks.disk().lock;
  }

  constructor(world: World) {
    this.world = world;
    this.host = new FakeHost(world.relays, world.ether, world.clock);
    this.wake();
  }

  /** Starts a background on what is stored, as a woken worker does. */
  wake(): void {
    const isAlive = { value: true };
    this.#isAlive = isAlive;
    const { clock } = this.world;
    clock.skip(WAKE_MS);
    const while_alive =
      <A extends unknown[]>(run: (...values: A) => void) =>
      (...values: A) => {
        if (isAlive.value) run(...values);
      };
    const world: AppWorld = {
      clock: { now: () => clock.now(), after: (delayMs, run) => clock.after(delayMs, while_alive(run)) },
      random: { bytes: (size) => crypto.getRandomValues(new Uint8Array(size)) },
      engine: watched(clock, webCryptoEngine(crypto)),
      argon2id: quickArgon2id,
      shell: {
        notify: while_alive((notice) => void this.notices.push(notice)),
        dismiss: while_alive((contactId) => void this.dismissed.push(contactId)),
        notifyLocked: while_alive(() => {
          this.bells += 1;
        }),
        dismissAll: while_alive(() => {
          this.notices.length = 0;
        }),
        badge: while_alive((badge) => {
          this.badge = badge;
        }),
        wakeAt: () => undefined,
        reload: while_alive(() => {
          this.reloads += 1;
        }),
      },
      disk: { look: async () => this.disk },
      report: while_alive((fault) => void this.faults.push(fault)),
      minuteOfDay: (atMs) => (Math.floor(atMs / 60_000) + this.zoneMinutes) % (24 * 60),
      shortcuts: () => ({}),
    };
    this.appWorld = world;
    const alive = (store: FakeStore): Store => ({
      get: (key) => (isAlive.value ? store.get(key) : new Promise(() => undefined)),
      range: (prefix, options) => (isAlive.value ? store.range(prefix, options) : new Promise(() => undefined)),
      count: (prefix) => (isAlive.value ? store.count(prefix) : new Promise(() => undefined)),
      commit: (changes) => (isAlive.value ? store.commit(changes) : new Promise(() => undefined)),
    });
    const idleness = { watch: () => undefined, isIdle: async () => this.isIdle };
    this.front = createFront({ world, profiles: this.disks.profiles(alive, () => isAlive.value), idleness, defaultRelay: RELAY });
    void this.front.start();
    this.attachHost();
    this.openPage();
  }

  /** And again when the background closes the line, as the host's uplink does. */
  attachHost(): void {
    const isAlive = this.#isAlive;
    const { host } = this;
    const channel = host.connect();
    this.front.attachHost(channel);
    channel.onClose(() => {
      queueMicrotask(() => {
        if (isAlive.value && this.host === host && !host.isConnected && !this.isHostAway) this.attachHost();
      });
    });
  }

  openPage(state: PageState = { epoch: null, revision: 0 }): void {
    const [background, page] = loopback<ViewCommand, ViewFrame>();
    this.front.attachPage(background);
    this.page = new FakePage(page, this.#conversation, state);
  }

  /** The worker dies: nothing it had in memory is kept, nothing it had begun goes on. */
  killWorker(): void {
    this.#isAlive.value = false;
    this.page.close();
  }

  restartWorker(): void {
    this.killWorker();
    this.wake();
  }

  /** The whole browser closes. */
  closeBrowser(): void {
    this.killWorker();
    this.disks.closeBrowser();
    this.host.kill();
  }

  openBrowser(): void {
    this.host = new FakeHost(this.world.relays, this.world.ether, this.world.clock);
    this.wake();
  }

  /** The offscreen document was closed and made again: the worker lives on. */
  replaceHost(): void {
    this.host = new FakeHost(this.world.relays, this.world.ether, this.world.clock);
    this.attachHost();
  }

  /** Sends a command and waits for its result. */
  async ask(command: Asked): Promise<ViewResult> {
    const id = newId();
    this.page.send({ ...command, id } as ViewCommand);
    await this.world.clock.until(() => this.page.results.has(id), command.kind);
    return this.page.results.get(id) as ViewResult;
  }

  async show(contactId: string | null): Promise<void> {
    this.#conversation = contactId;
    this.page.send({ kind: 'conversation.show', contactId, isVisible: true });
    await this.world.clock.rest();
  }

  contact(): ContactView {
    const [contact] = this.page.view?.contacts ?? [];
    if (!contact) throw new Error('no contact yet');
    return contact;
  }

  messages(): readonly MessageView[] {
    return this.page.view?.conversation?.messages ?? [];
  }
}

export interface Pair {
  readonly world: World;
  readonly ana: Party;
  readonly jun: Party;
  readonly clock: FakeClock;
}

/** Ana and Jun, each with a name, not yet in touch. */
export async function twoParties(): Promise<Pair> {
  const world = createWorld();
  const [ana, jun] = [new Party(world), new Party(world)];
  await ana.ask({ kind: 'identity.create', name: 'Ana' });
  await jun.ask({ kind: 'identity.create', name: 'Jun' });
  return { world, ana, jun, clock: world.clock };
}

/** The link of Ana's open invite. */
export async function inviteLink(ana: Party): Promise<string> {
  await ana.ask({ kind: 'invite.show' });
  await ana.world.clock.until(() => Boolean(ana.page.view?.invite), 'invite shown');
  return ana.page.view?.invite?.link ?? '';
}

/** Until each knows where the other's prekeys lie. */
async function untilBoxesTold({ ana, jun, clock }: Pair): Promise<void> {
  for (const party of [ana, jun]) {
    let isTold = false;
    await clock.until(() => {
      void record(party).then(({ box }) => {
        isTold = box.theirs !== null;
      });
      return isTold;
    }, 'prekey box told');
  }
}

/** As it is stored. */
export async function record(party: Party): Promise<ContactRecord> {
  return (await party.store.get(keys.contact(party.contact().id))) as ContactRecord;
}

/** Ana and Jun in touch, both chats in view. */
export async function twoContacts(direct: 'allowed' | 'denied' = 'allowed'): Promise<Pair> {
  const pair = await twoParties();
  const { ana, jun, clock } = pair;
  const taken = await jun.ask({ kind: 'invite.take', text: await inviteLink(ana) });
  if (!taken.ok || !taken.contactId) throw new Error('not taken');
  await jun.ask({ kind: 'contact.accept', contactId: taken.contactId, direct });
  await clock.until(() => ana.page.view?.contacts.length === 1, 'request arrives');
  await ana.ask({ kind: 'contact.accept', contactId: ana.contact().id, direct });
  await clock.until(() => jun.contact().state === 'accepted', 'accept arrives');
  await ana.show(ana.contact().id);
  await jun.show(jun.contact().id);
  await untilBoxesTold(pair);
  return pair;
}
