/** Reaches this user's relay and asks how the world sees this device. The host asks STUN and tells the kind of network, no address. */
import { toHex } from '../protocol/bytes';
import type { Core } from './core';
import { AppError } from './errors';
import type { LinkEvent } from './link';
import type { ConnectionTestView, NetworkKind } from './view-relays';

/** The host looks for three seconds. */
const PROBE_MS = 10_000;

export interface ConnectionTests {
  /** Waits for the relay and the host, so it must not run in the lane. */
  run(): Promise<ConnectionTestView>;
  onProbed(event: Extract<LinkEvent, { kind: 'probed' }>): void;
}

export function createConnectionTests(core: Core): ConnectionTests {
  const { journal, world } = core;
  const probes = new Map<string, (network: NetworkKind) => void>();

  function probe(stunUrls: readonly string[]): Promise<NetworkKind | null> {
    if (stunUrls.length === 0) return Promise.resolve('unasked');
    const token = toHex(world.random.bytes(16));
    return new Promise((resolve) => {
      const end = (network: NetworkKind | null) => {
        cancel();
        probes.delete(token);
        resolve(network);
      };
      const cancel = world.clock.after(PROBE_MS, () => end(null));
      probes.set(token, end);
      core.link.send({ kind: 'probe', token, stunUrls });
    });
  }

  async function reach(relay: string): Promise<ConnectionTestView['relay']> {
    try {
      // Once to have it open: what is measured is the way there and back.
      await core.relays.ask(relay, { kind: 'ping' });
      const sinceMs = world.clock.now();
      const reply = await core.relays.ask(relay, { kind: 'ping' });
      if (reply.kind !== 'pong') throw new AppError('relay-refused');
      const nowMs = world.clock.now();
      return { roundTripMs: nowMs - sinceMs, clockAheadMs: core.relays.now(relay) - nowMs };
    } catch (error) {
      if (error instanceof AppError) return null;
      throw error;
    }
  }

  return {
    async run() {
      const { relay: own } = journal;
      const relay = own === null ? null : await reach(own);
      if (own === null || !relay) return { relay: null, network: null };
      return { relay, network: await probe(core.relays.stunOf(own)) };
    },
    onProbed: ({ token, network }) => probes.get(token)?.(network),
  };
}
