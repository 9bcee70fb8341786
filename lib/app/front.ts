/**
 * What pages, host and commands attach to: the messenger while the store is open, the lock while it is not.
 *
 *   starting ──store open──▶ open ──lock──▶ locked ──unlock──▶ open
 *
 * Locking ends the messenger as a killed worker is ended: what it had begun goes on nowhere, and the next one reads the
 * journal. A call postpones a lock that nobody asked for by hand.
 */
import type { Channel } from '../bus/channel';
import type { World } from './core';
import { serveDoorbell } from './doorbell';
import { AppError } from './errors';
import { createLane } from './lane';
import type { LinkChannel, LinkCommand, LinkFrame } from './link';
import { createMessenger, type Messenger } from './messenger';
import { type Mortal, mortal } from './mortal';
import type { Bell, Keyring, SecretKind, Store } from './ports';
import { keys, type LockRecord } from './records';
import { type Switchable, switchable } from './switchable';
import type { ViewFrame, ViewResult } from './view';
import { idOf, isLockCommand, readViewCommand } from './view-command';
import type { LockCommand, LockView } from './view-lock';

/** Whether anybody is at the machine, as the browser knows it. */
export interface Idleness {
  /** So many minutes make somebody idle from now on. */
  watch(minutes: number): void;
  /** Idle for that long, or the screen is locked. */
  isIdle(): Promise<boolean>;
}

export interface FrontOptions {
  readonly world: World;
  readonly store: Store;
  readonly keyring: Keyring;
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
  /** Nobody has been at the machine for as long as was asked, or its screen is locked. */
  idle(): void;
}

const MIN_PIN_DIGITS = 6;
const MIN_PASSPHRASE_CHARS = 8;
const AFTER_CALL_MS = 15_000;
/** A worker that has just woken learns from the host whether somebody is speaking. */
const LISTEN_MS = 3000;
const DEFAULT_AUTO_LOCK_MINUTES = 15;
const BELL_PAUSE_MS = 60_000;

const UNKNOWN: LockView = {
  isLocked: true,
  failure: null,
  secret: null,
  wipeAfter: 0,
  autoLockMinutes: 0,
  failed: 0,
  retryAtMs: 0,
  isPostponed: false,
};

type Page = Switchable<unknown, ViewFrame>;
type Host = Switchable<LinkFrame, LinkCommand>;

function isStrongEnough({ kind, text }: { readonly kind: SecretKind; readonly text: string }): boolean {
  if (kind === 'pin') return /^\d+$/.test(text) && text.length >= MIN_PIN_DIGITS;
  return [...text.normalize('NFC')].length >= MIN_PASSPHRASE_CHARS;
}

export function createFront({ world, store, keyring, idleness, defaultRelay }: FrontOptions): Front {
  const pages = new Set<Page>();
  const lane = createLane();
  let host: Host | null = null;
  /** Null while locked, and before it is known. */
  let running: (Mortal & { readonly messenger: Messenger }) | null = null;
  let isKnown = false;
  let lock = UNKNOWN;
  /** While locked. */
  let bells: readonly Bell[] = [];
  let rangAtMs = Number.NEGATIVE_INFINITY;
  let openSinceMs = 0;

  function show(changed: Partial<LockView>): void {
    lock = { ...lock, ...changed };
    for (const page of pages) page.outer.send({ kind: 'lock', lock });
  }

  /** The host says hello to whoever serves it next: it comes back at once to one that was just speaking. */
  function renewHost(): void {
    host?.outer.send({ kind: 'event.ack', upTo: 0 });
    host?.outer.close();
  }

  function serveHost(): void {
    if (!host || !isKnown) return;
    const channel = host.next();
    if (running) running.messenger.attachHost(channel);
    else serveDoorbell(channel, { bells, onBell: ring, report: world.report });
  }

  function ring(): void {
    if (world.clock.now() - rangAtMs < BELL_PAUSE_MS) return;
    rangAtMs = world.clock.now();
    world.shell.notifyLocked();
  }

  function keepBells(): void {
    if (!running || lock.secret === null) return;
    keyring.keepBells(running.messenger.bells()).catch(world.report);
  }

  async function enterOpen(): Promise<void> {
    const life = mortal(world, store);
    const messenger = createMessenger(life.world, life.store, defaultRelay, { onQueues: keepBells });
    running = { ...life, messenger };
    openSinceMs = world.clock.now();
    const auto = (await store.get(keys.lock)) as LockRecord | undefined;
    const { secret, wipeAfter } = await keyring.state();
    const autoLockMinutes = auto?.autoLockMinutes ?? DEFAULT_AUTO_LOCK_MINUTES;
    if (secret) idleness.watch(autoLockMinutes);
    for (const page of pages) messenger.attachPage(page.next());
    show({ ...UNKNOWN, isLocked: false, secret, wipeAfter, autoLockMinutes });
    await messenger.start();
    keepBells();
  }

  async function enterLocked(failure: LockView['failure'] = null): Promise<void> {
    const known = failure ? UNKNOWN : await keyring.state();
    bells = failure ? [] : await keyring.bells();
    running?.end();
    running = null;
    for (const page of pages) page.pause();
    show({ ...UNKNOWN, ...known, failure });
    world.shell.dismissAll();
    world.shell.badge({ unread: 0, isMuted: null });
  }

  /** Opens, or says why not. */
  async function open(isOpenable: () => Promise<boolean>): Promise<void> {
    try {
      if (await isOpenable()) await enterOpen();
      else await enterLocked();
    } catch (error) {
      world.report(error);
      await enterLocked(error instanceof AppError ? error.code : 'internal');
    }
  }

  async function begin(): Promise<void> {
    await open(() => keyring.open());
    isKnown = true;
    serveHost();
  }

  async function lockNow(): Promise<void> {
    if (!running || lock.secret === null) return;
    if (running.messenger.isInCall()) {
      if (!lock.isPostponed) show({ isPostponed: true });
      world.clock.after(AFTER_CALL_MS, () => void lane.run(lockIfPostponed).catch(world.report));
      return;
    }
    await running.messenger.rest();
    await keyring.keepBells(running.messenger.bells());
    await keyring.lock();
    await enterLocked();
    renewHost();
  }

  function lockByItself(): void {
    const waitMs = Math.max(0, openSinceMs + LISTEN_MS - world.clock.now());
    world.clock.after(Math.min(waitMs, LISTEN_MS), () => void lane.run(lockNow).catch(world.report));
  }

  const lockIfPostponed = async (): Promise<void> => (lock.isPostponed ? lockNow() : undefined);

  async function unlock(text: string): Promise<void> {
    if (running) return;
    try {
      await keyring.unlock(text);
    } catch (error) {
      const isWiped = error instanceof AppError && error.code === 'lock-wiped';
      if (isWiped) await beginAnew();
      else show(await keyring.state());
      throw error;
    }
    await open(async () => true);
    renewHost();
  }

  async function beginAnew(): Promise<void> {
    await enterLocked('lock-wiped');
    await begin();
    renewHost();
  }

  async function protect({ current, secret, wipeAfter }: Extract<LockCommand, { kind: 'lock.protect' }>): Promise<void> {
    if (!running) throw new AppError('locked');
    if (secret && !isStrongEnough(secret)) throw new AppError('lock-secret');
    await keyring.protect(current, { secret, wipeAfter });
    await keyring.keepBells(secret ? running.messenger.bells() : []);
    if (secret) idleness.watch(lock.autoLockMinutes);
    show(await keyring.state());
  }

  async function setAuto(minutes: number): Promise<void> {
    if (!running) throw new AppError('locked');
    await store.commit([{ kind: 'put', key: keys.lock, value: { autoLockMinutes: minutes } satisfies LockRecord }]);
    idleness.watch(minutes);
    show({ autoLockMinutes: minutes });
  }

  async function obey(command: LockCommand): Promise<void> {
    switch (command.kind) {
      case 'lock.unlock':
        return unlock(command.secret);
      case 'lock.now':
        return lockNow();
      case 'lock.protect':
        return protect(command);
      case 'lock.auto':
        return setAuto(command.minutes);
      case 'lock.wipe':
        running?.end();
        await keyring.wipe();
        return beginAnew();
      default:
        return command satisfies never;
    }
  }

  const settled = (error: unknown): ViewResult => {
    if (!(error instanceof AppError)) world.report(error);
    return { ok: false, code: error instanceof AppError ? error.code : 'internal' };
  };

  /** The disk may be back since: whoever opens a page asks for that too. */
  function greet(page: Page): void {
    page.outer.send({ kind: 'lock', lock });
    if (!running && lock.failure) void lane.run(async () => (running ? undefined : begin()));
  }

  /** In the order of their coming; what is asked before it is known whether the store opens waits for that. */
  function take(page: Page, frame: unknown, forward: (frame: unknown) => void): void {
    const command = readViewCommand(frame);
    if (command && isLockCommand(command)) {
      const done = lane.run(() => obey(command)).then((): ViewResult => ({ ok: true }), settled);
      void done.then((result) => page.outer.send({ kind: 'result', id: command.id, result }));
    } else if (!isKnown) {
      void lane.run(async () => undefined).then(() => take(page, frame, forward));
    } else {
      if (command?.kind === 'hello') greet(page);
      const id = idOf(frame);
      if (running) forward(frame);
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
      channel.onClose(() => pages.delete(page));
      running?.messenger.attachPage(page.next());
    },
    // The command may be what woke the worker: then it waits until the store is open.
    toggleMute: () => void lane.run(async () => running?.messenger.toggleMute()),
    tick() {
      running?.messenger.tick();
      keepBells();
      if (running && lock.secret !== null) idleness.isIdle().then((isIdle) => (isIdle ? lockByItself() : undefined), world.report);
    },
    lock: () => void lane.run(lockNow).catch(world.report),
    idle: lockByItself,
  };
}
