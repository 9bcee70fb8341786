/** What a real relay asks of a stranger, and the real client that gives it: messenger, network host and relay in one test. */
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket as Socket } from 'ws';
import type { LinkCommand, LinkFrame } from '../../../lib/app/link';
import { createMessenger } from '../../../lib/app/messenger';
import { keys } from '../../../lib/app/records';
import type { View, ViewCommand, ViewFrame, ViewResult } from '../../../lib/app/view';
import { loopback } from '../../../lib/bus/loopback';
import { createHost } from '../../../lib/net/host';
import { webCryptoEngine } from '../../../lib/protocol/engine';
import { FakeStore } from '../../support/fake-store';
import { quickArgon2id } from '../../support/quick-argon2';
import { newFrame, RelayClient, type RelayOptions, type RelayProcess, runRelay, startRelay } from '../../support/relay';
import { newId } from '../../support/two-parties';

const PASSWORD = 'correct horse battery';
const clock = {
  now: () => Date.now(),
  after: (delayMs: number, run: () => void) => {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};
const random = { bytes: (size: number) => crypto.getRandomValues(new Uint8Array(size)) };
const never = () => {
  throw new Error('no string is opened here');
};

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function relayWith(options: RelayOptions): Promise<RelayProcess> {
  const relay = await startRelay(options);
  ends.push(() => relay.stop());
  return relay;
}

type Asked<C = ViewCommand> = C extends { id: string } ? Omit<C, 'id'> : never;

/** One browser's background and host, on what `store` holds. */
function startClient(relay: RelayProcess, store = new FakeStore()) {
  const faults: unknown[] = [];
  const shell = {
    notify: () => undefined,
    dismiss: () => undefined,
    badge: () => undefined,
    wakeAt: () => undefined,
    reload: () => undefined,
    notifyLocked: () => undefined,
    dismissAll: () => undefined,
  };
  const disk = { look: async () => ({ usedBytes: 0, freeBytes: null, isKept: true }) };
  const world = { clock, random, engine: webCryptoEngine(crypto), shell, disk, report: (fault: unknown) => void faults.push(fault) };
  const messenger = createMessenger({ ...world, argon2id: quickArgon2id, minuteOfDay: () => 0, shortcuts: () => ({}) }, store, relay.url);
  const host = createHost({
    connect: () => {
      const [hostEnd, backgroundEnd] = loopback<LinkCommand, LinkFrame>();
      messenger.attachHost(backgroundEnd);
      return hostEnd;
    },
    newSocket: (url, protocol) => new Socket(url, protocol) as unknown as WebSocket,
    ...{
      newPeer: never,
      capture: never,
      play: () => undefined,
      chime: () => undefined,
      onOnline: () => undefined,
      clock,
      random,
      now: () => performance.now(),
    },
  });
  ends.push(() => host.close());
  void messenger.start();
  const [background, page] = loopback<ViewCommand, ViewFrame>();
  messenger.attachPage(background);
  const results = new Map<string, ViewResult>();
  let relayView: View['relay'] | null = null;
  page.onFrame((frame) => {
    if (frame.kind === 'result') results.set(frame.id, frame.result);
    if (frame.kind === 'snapshot') relayView = frame.view.relay;
    if (frame.kind === 'patch') for (const patch of frame.patches) if (patch.kind === 'relay') relayView = patch.relay;
  });
  page.send({ kind: 'hello', epoch: null, revision: 0, conversation: null, isVisible: true });
  const ask = async (command: Asked): Promise<ViewResult> => {
    const id = newId();
    page.send({ ...command, id } as ViewCommand);
    await expect.poll(() => results.has(id), { timeout: 20_000, interval: 10 }).toBe(true);
    return results.get(id) as ViewResult;
  };
  return { store, faults, ask, close: () => host.close(), isOpen: () => relayView?.kind === 'open' };
}

type Client = ReturnType<typeof startClient>;

async function named(client: Client): Promise<Client> {
  await client.ask({ kind: 'identity.create', name: 'Ana' });
  await expect.poll(() => client.isOpen(), { timeout: 10_000 }).toBe(true);
  return client;
}

const REFUSED = { ok: false, code: 'relay-password' };

async function queueOf(client: Client): Promise<unknown> {
  const [[, invite] = []] = await client.store.range(['invite']);
  return (invite as { queue: { rid: unknown } } | undefined)?.queue.rid ?? null;
}

describe('a client of a busy relay', () => {
  test('pays for its queue with work by itself, and the user sees nothing of it', async () => {
    // The first queue of an address is free, whoever makes it.
    const relay = await relayWith({ env: { LIMITS: 'newQueuesBurst=1,newQueuesPerHour=1,newWorkBits=15' } });
    const [first, second] = [await named(startClient(relay)), await named(startClient(relay))];
    expect(await first.ask({ kind: 'invite.show' })).toEqual({ ok: true });
    expect(await second.ask({ kind: 'invite.show' })).toEqual({ ok: true });
    expect(await queueOf(second)).not.toBeNull();
    expect([...first.faults, ...second.faults]).toEqual([]);
  });

  test('refuses to pay what would take minutes', async () => {
    // Two of three are gone: it costs a bit more than the 24 that a client pays.
    const relay = await relayWith({ env: { LIMITS: 'allQueuesBurst=3,allQueuesPerHour=1,newWorkBits=24' } });
    const others = await RelayClient.connect(relay.url);
    for (let count = 0; count < 2; count++) await others.expect(newFrame(), 'ok-queue');
    expect(await others.request(others.unpaid(newFrame()))).toEqual({ kind: 'err', code: 'POW', workBits: 25 });
    expect(await (await named(startClient(relay))).ask({ kind: 'invite.show' })).toEqual({ ok: false, code: 'relay-refused' });
  });
});

describe('a client of a private relay', () => {
  test('tells its user that a password is needed, and which is wrong; with the right one it works, also after a restart', async () => {
    const relay = await relayWith({ env: { CREATE_PASSWORD: PASSWORD } });
    const client = await named(startClient(relay));
    expect(await client.ask({ kind: 'invite.show' })).toEqual(REFUSED);
    expect(await client.ask({ kind: 'relay.set', url: relay.url, access: 'correct horse batteries' })).toEqual(REFUSED);
    expect(await client.ask({ kind: 'invite.show' })).toEqual(REFUSED);
    expect(await client.ask({ kind: 'relay.set', url: relay.url, access: PASSWORD })).toEqual({ ok: true });
    client.close();
    const again = startClient(relay, client.store);
    await expect.poll(() => again.isOpen(), { timeout: 10_000 }).toBe(true);
    expect(await again.ask({ kind: 'invite.show' })).toEqual({ ok: true });
    expect(await again.store.get(keys.relay)).toEqual({ url: relay.url, access: PASSWORD });
    expect(relay.logs()).not.toContain('horse');
  });

  test('gets in with a token made beside the running relay, once, and stays in', async () => {
    const relay = await relayWith({ env: { CREATE_PASSWORD: PASSWORD } });
    const { code, output } = await runRelay({ dataDir: relay.dataDir, args: ['token'], env: { CREATE_PASSWORD: PASSWORD } });
    const access = output.trim();
    expect([code, access]).toEqual([0, expect.stringMatching(/^tincan-[\w-]{22}$/)]);
    const guest = await named(startClient(relay));
    await guest.ask({ kind: 'relay.set', url: relay.url, access });
    expect(await guest.ask({ kind: 'invite.show' })).toEqual({ ok: true });
    const thief = await named(startClient(relay));
    await thief.ask({ kind: 'relay.set', url: relay.url, access });
    expect(await thief.ask({ kind: 'invite.show' })).toEqual(REFUSED);
    guest.close();
    const again = startClient(relay, guest.store);
    await expect.poll(() => again.isOpen(), { timeout: 10_000 }).toBe(true);
    await again.ask({ kind: 'invite.cancel' });
    expect(await again.ask({ kind: 'invite.show' })).toEqual({ ok: true });
  });
});
