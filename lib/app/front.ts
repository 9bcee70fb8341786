/**
 * What pages, host and commands attach to: the messenger while the store is open, the lock while it is not.
 *
 *   starting ──store open──▶ open ──lock, or another profile──▶ locked ──unlock──▶ open
 *
 * Leaving a store ends its messenger as a killed worker is ended: what it had begun goes on nowhere, and the next one reads the
 * journal. A call postpones a lock that nobody asked for by hand.
 */
import type { Channel } from '../bus/channel';
import type { World } from './core';
import { serveDoorbell } from './doorbell';
import { AppError } from './errors';
import { createFrontCommands } from './front-commands';
import { createLane, type Lane } from './lane';
import type { LinkChannel, LinkCommand, LinkFrame } from './link';
import { createMessenger, type Messenger } from './messenger';
import { type Mortal, mortal } from './mortal';
import type { NoticeAction } from './notices';
import { ownedHost, ownerOf } from './owned-host';
import type { Bell, Device, Profiles } from './ports';
import { keys, type LockRecord } from './records';
import { createRestores } from './restores';
import { createStaging } from './staging';
import { type Switchable, switchable } from './switchable';
import { createUpdates } from './updates';
import type { ViewFrame, ViewResult } from './view';
import { idOf, isFrontCommand, isRestoreCommand, readViewCommand } from './view-command';
import type { LockView } from './view-lock';

/** Whether anybody is at the machine, as the browser knows it. */
export interface Idleness {
  /** So many minutes make somebody idle from now on. */
  watch(minutes: number): void;
  /** Idle for that long, or the screen is locked. */
  isIdle(): Promise<boolean>;
}

export interface FrontOptions {
  readonly world: World;
  readonly profiles: Profiles;
  readonly idleness: Idleness;
  readonly defaultRelay: string;
}

export interface Front {
  /** Never rejects. */
  start(): Promise<void>;
  attachHost(channel: LinkChannel): void;
  attachPage(channel: Channel<unknown, ViewFrame>): void;
  toggleMute(): void;
  /** An alarm, or any wake: whatever is overdue is looked at. */
  tick(): void;
  /** By hand. */
  lock(): void;
  /** What a notice was clicked for. True: a page that can be seen has gone there. */
  leadTo(contactId: string): Promise<boolean>;
  onNotice(contactId: string, action: NoticeAction): void;
  /** The browser is about to close, as far as anybody can know. */
  closing(): void;
  /** The browser has a newer version ready. */
  updateReady(): void;
  /** Nobody has been at the machine for as long as was asked, or its screen is locked. */
  idle(): void;
}

interface Running extends Mortal {
  readonly messenger: Messenger;
  readonly owner: string;
  readonly sinceMs: number;
}

/** The front as its commands see it. Everything here runs in the lane. */
export interface Gate {
  readonly world: World;
  readonly profiles: Profiles;
  readonly idleness: Idleness;
  readonly lane: Lane;
  device(): Device;
  /** Null while locked, and before it is known. */
  running(): Running | null;
  lock(): LockView;
  show(changed: Partial<LockView>): void;
  /** Ends what runs; pages let go of all they show. */
  leave(shown: Partial<LockView>): void;
  /** Opens, or says why not. */
  open(isOpenable: () => Promise<boolean>): Promise<void>;
  /** From the profile that is active now. */
  begin(): Promise<void>;
  /** The host says hello to whoever serves it next: it comes back at once to one that was just speaking. */
  renewHost(): void;
}

const DEFAULT_AUTO_LOCK_MINUTES = 15;
const BELL_PAUSE_MS = 60_000;
const REOPEN_MS = 5000;

const UNKNOWN: Omit<LockView, 'profiles' | 'activeProfileId'> = {
  isLocked: true,
  failure: null,
  secret: null,
  wipeAfter: 0,
  passkeys: [],
  autoLockMinutes: 0,
  failed: 0,
  retryAtMs: 0,
  isPostponed: false,
};

type Page = Switchable<unknown, ViewFrame>;
type Host = Switchable<LinkFrame, LinkCommand>;

export function createFront({ world, profiles, idleness, defaultRelay }: FrontOptions): Front {
  const pages = new Set<Page>();
  const lane = createLane();
  let host: Host | null = null;
  let device: Device | null = null;
  let running: Running | null = null;
  let isKnown = false;
  let lock: LockView = { ...UNKNOWN, profiles: [], activeProfileId: '' };
  /** While locked. */
  let bells: readonly Bell[] = [];
  let rangAtMs = Number.NEGATIVE_INFINITY;

  function show(changed: Partial<LockView>): void {
    lock = { ...lock, ...changed };
    for (const page of pages) page.outer.send({ kind: 'lock', lock });
  }

  function renewHost(): void {
    host?.outer.send({ kind: 'event.ack', upTo: 0 });
    host?.outer.close();
  }

  function serveHost(): void {
    if (!host || !isKnown) return;
    const channel = host.next();
    if (running) running.messenger.attachHost(ownedHost(channel, running.owner));
    else serveDoorbell(channel, { bells, onBell: ring, report: world.report });
  }

  function ring(): void {
    if (world.clock.now() - rangAtMs < BELL_PAUSE_MS) return;
    rangAtMs = world.clock.now();
    world.shell.notifyLocked();
  }

  function opened(): Device {
    if (!device) throw new AppError('storage-failed');
    return device;
  }

  /** In its turn: what everything deleted must not be followed by a record from before. */
  function keepBells(): void {
    const keep = async () => {
      if (running && lock.secret !== null) await opened().keyring.keepBells(running.messenger.bells());
    };
    lane.run(keep).catch(world.report);
  }

  async function enterOpen(): Promise<void> {
    const { store, keyring } = opened();
    const owner = await ownerOf(store, world.random, world.report);
    const auto = (await store.get(keys.lock)) as LockRecord | undefined;
    const { secret, wipeAfter, passkeys } = await keyring.state();
    const life = mortal(world, store);
    const messenger = createMessenger(life.world, life.store, defaultRelay, { onQueues: keepBells });
    running = { ...life, messenger, owner, sinceMs: world.clock.now() };
    const autoLockMinutes = auto?.autoLockMinutes ?? DEFAULT_AUTO_LOCK_MINUTES;
    if (secret) idleness.watch(autoLockMinutes);
    for (const page of pages) messenger.attachPage(page.next());
    show({ ...UNKNOWN, isLocked: false, secret, wipeAfter, passkeys, autoLockMinutes });
    await messenger.start();
    keepBells();
  }

  function leave(shown: Partial<LockView>): void {
    running?.messenger.leave();
    running?.end();
    running = null;
    bells = [];
    restores.stopAll();
    for (const page of pages) page.pause();
    show({ ...UNKNOWN, ...shown });
    world.shell.dismissAll();
    world.shell.badge({ unread: 0, isMuted: null });
  }

  async function enterLocked(): Promise<void> {
    const { keyring } = opened();
    const [known, kept] = [await keyring.state(), await keyring.bells()];
    leave(known);
    bells = kept;
  }

  async function open(isOpenable: () => Promise<boolean>): Promise<void> {
    try {
      if (await isOpenable()) await enterOpen();
      else await enterLocked();
    } catch (error) {
      world.report(error);
      const failure = error instanceof AppError ? error.code : 'internal';
      leave({ failure });
      // A disk that was full may have room again, with nobody at a page to ask.
      if (failure === 'storage-full' || failure === 'storage-failed') world.clock.after(REOPEN_MS, () => void lane.run(reopen));
    }
  }

  async function begin(): Promise<void> {
    await open(async () => {
      const { entries, activeId } = await profiles.list();
      device = profiles.device(activeId);
      lock = { ...lock, profiles: entries, activeProfileId: activeId };
      return device.keyring.open();
    });
    isKnown = true;
    serveHost();
  }

  async function reopen(): Promise<void> {
    if (running || !lock.failure) return;
    await begin();
    renewHost();
  }

  const gate: Gate = {
    ...{ world, profiles, idleness, lane, show, leave, open, begin, renewHost },
    device: opened,
    running: () => running,
    lock: () => lock,
  };
  const commands = createFrontCommands(gate);
  const updates = createUpdates(world, () => running?.messenger.isInCall() ?? false);
  const restores = createRestores({ world, ...createStaging(gate, commands) });

  const settled = (error: unknown): ViewResult => {
    if (!(error instanceof AppError)) world.report(error);
    return { ok: false, code: error instanceof AppError ? error.code : 'internal' };
  };

  function answer(page: Page, id: string, done: Promise<ViewResult>): void {
    void done.catch(settled).then((result) => page.outer.send({ kind: 'result', id, result }));
  }

  /** The disk may be back since: whoever opens a page asks for that too. */
  function greet(page: Page): void {
    page.outer.send({ kind: 'lock', lock });
    if (!running && lock.failure) void lane.run(reopen);
  }

  /** In the order of their coming; what is asked before it is known whether the store opens waits for that. */
  function take(page: Page, frame: unknown, forward: (frame: unknown) => void): void {
    const command = readViewCommand(frame);
    if (command && isFrontCommand(command)) {
      answer(
        page,
        command.id,
        lane.run(() => commands.obey(command)).then(() => ({ ok: true })),
      );
    } else if (!isKnown) {
      void lane.run(async () => undefined).then(() => take(page, frame, forward));
    } else {
      if (command?.kind === 'hello') greet(page);
      const id = idOf(frame);
      if (running && command && isRestoreCommand(command)) answer(page, command.id, restores.obey(page, command));
      else if (running) forward(frame);
      else if (id) page.outer.send({ kind: 'result', id, result: { ok: false, code: 'locked' } });
    }
  }

  return {
    start: () => lane.run(begin),
    attachHost(channel) {
      const attached: Host = switchable(channel, (frame, forward) => forward(frame));
      host?.outer.close();
      host = attached;
      channel.onClose(() => {
        if (host === attached) host = null;
      });
      serveHost();
    },
    attachPage(channel) {
      const page: Page = switchable(channel, (frame, forward) => take(page, frame, forward));
      pages.add(page);
      channel.onClose(() => {
        pages.delete(page);
        restores.stop(page);
      });
      running?.messenger.attachPage(page.next());
    },
    // The command may be what woke the worker: then it waits until the store is open.
    toggleMute: () => void lane.run(async () => running?.messenger.toggleMute()),
    tick() {
      running?.messenger.tick();
      keepBells();
      if (running && lock.secret !== null) idleness.isIdle().then((isIdle) => (isIdle ? commands.lockByItself() : undefined), world.report);
    },
    lock: () => void lane.run(commands.lockNow).catch(world.report),
    idle: () => commands.lockByItself(),
    leadTo: (contactId) => lane.run(async () => running?.messenger.leadTo(contactId) ?? false),
    onNotice: (contactId, action) => void lane.run(async () => running?.messenger.onNotice(contactId, action)).catch(world.report),
    closing: () => running?.messenger.leave(),
    updateReady: () => updates.ready(),
  };
}
