import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Bytes, fromUtf8, toHex, utf8 } from '../../../lib/protocol/bytes';
import { ProtocolError } from '../../../lib/protocol/errors';
import {
  acceptSession,
  decodeSession,
  encodeSession,
  initiateSession,
  openEnvelope,
  type Session,
  sealEnvelope,
} from '../../../lib/protocol/session';
import { MAX_RETIRED_CHAINS } from '../../../lib/protocol/skipped-keys';
import { runs } from '../../support/mutants';
import { type Invitation, invitation, NOW_MS, seededEngine, watchedEngine } from './parties';

/**
 * Two people over the worst of networks. Every step picks a side and something that may happen to it; envelopes on the way
 * are delivered in any order, repeated or lost; either side may restart from its stored bytes at any time.
 */
type Side = 'alice' | 'bob';
type Step =
  | { readonly kind: 'send'; readonly side: Side }
  | { readonly kind: 'deliver' | 'repeat' | 'drop'; readonly side: Side; readonly pick: number }
  | { readonly kind: 'restart'; readonly side: Side };

interface Flight {
  readonly text: string;
  readonly envelope: Bytes;
  /** The sender's ratchet key: names the chain. */
  readonly chain: string;
}

interface Mailbox {
  readonly onTheWay: Flight[];
  readonly delivered: Flight[];
  readonly chainsSeen: string[];
}

interface World {
  readonly invited: Invitation;
  readonly engine: ReturnType<typeof watchedEngine>;
  readonly sessions: { alice: Session; bob: Session | null };
  /** By receiver. */
  readonly mail: Record<Side, Mailbox>;
  sent: number;
}

const emptyMailbox = (): Mailbox => ({ onTheWay: [], delivered: [], chainsSeen: [] });

async function start(seed: number): Promise<World> {
  const engine = watchedEngine(seededEngine(`model ${seed}`));
  const invited = invitation(engine.engine);
  const alice = await initiateSession(engine.engine, { identity: invited.alice, bundle: invited.bundle });
  return { invited, engine, sessions: { alice, bob: null }, mail: { alice: emptyMailbox(), bob: emptyMailbox() }, sent: 0 };
}

async function send(world: World, side: Side): Promise<void> {
  const session = world.sessions[side];
  if (session === null) return;
  const text = `${side} ${world.sent++}`;
  const sealed = await sealEnvelope(world.engine.engine, session, utf8(text), world.sent % 5 === 0 ? 'cell' : 'string');
  world.sessions[side] = sealed.session;
  const receiver = side === 'alice' ? 'bob' : 'alice';
  world.mail[receiver].onTheWay.push({ text, envelope: sealed.envelope, chain: toHex(sealed.session.ratchet.ratchetKey.public) });
}

/** Null when the session can't open it any more; every other failure escapes. */
async function open(world: World, side: Side, envelope: Bytes): Promise<string | null> {
  const session = world.sessions[side];
  const { engine } = world.engine;
  try {
    const result =
      session === null
        ? await acceptSession(engine, { identity: world.invited.bob, prekeys: world.invited.prekeys, envelope, nowMs: NOW_MS })
        : await openEnvelope(engine, session, envelope, NOW_MS);
    if (result === null) return null;
    world.sessions[side] = result.session;
    return fromUtf8(result.plaintext);
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'key-trimmed') return null;
    throw error;
  }
}

async function deliver(world: World, side: Side, pick: number): Promise<void> {
  const { onTheWay, delivered, chainsSeen } = world.mail[side];
  if (onTheWay.length === 0) return;
  const [flight] = onTheWay.splice(pick % onTheWay.length, 1) as [Flight];
  const text = await open(world, side, flight.envelope);
  const chainsSince = chainsSeen.length - 1 - chainsSeen.indexOf(flight.chain);
  const mayBeLost = chainsSeen.includes(flight.chain) && chainsSince > MAX_RETIRED_CHAINS;
  if (text === null) expect(mayBeLost, `${flight.text} was lost`).toBe(true);
  else expect(text).toBe(flight.text);
  if (!chainsSeen.includes(flight.chain)) chainsSeen.push(flight.chain);
  delivered.push(flight);
}

async function repeat(world: World, side: Side, pick: number): Promise<void> {
  const { delivered } = world.mail[side];
  const flight = delivered[pick % delivered.length];
  if (flight === undefined) return;
  const before = world.sessions[side];
  expect(await open(world, side, flight.envelope)).toBeNull();
  expect(world.sessions[side]).toBe(before);
}

function restart(world: World, side: Side): void {
  const session = world.sessions[side];
  if (session === null) return;
  const restored = decodeSession(encodeSession(session));
  expect(restored).toEqual(session);
  world.sessions[side] = restored;
}

async function perform(world: World, step: Step): Promise<void> {
  switch (step.kind) {
    case 'send':
      return send(world, step.side);
    case 'deliver':
      return deliver(world, step.side, step.pick);
    case 'repeat':
      return repeat(world, step.side, step.pick);
    case 'drop':
      world.mail[step.side].onTheWay.splice(step.pick, 1);
      return;
    case 'restart':
      return restart(world, step.side);
    default:
      return step satisfies never;
  }
}

const side = fc.constantFrom<Side>('alice', 'bob');
const pick = fc.nat(20);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('send' as const), side }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('deliver' as const), side, pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('repeat' as const, 'drop' as const), side, pick }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const), side }) },
);

it('whatever is sent, dropped, reordered, repeated or restarted: what arrives opens once, or its chain was given up, and no key seals twice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.array(step, { minLength: 30, maxLength: 90 }), async (seed, steps) => {
      const world = await start(seed);
      await send(world, 'alice');
      for (const next of steps) await perform(world, next);
      for (const receiver of ['bob', 'alice', 'bob'] as const) {
        while (world.mail[receiver].onTheWay.length > 0) await deliver(world, receiver, world.sent);
      }
      expect(new Set(world.engine.sealedWith).size).toBe(world.engine.sealedWith.length);
      const { alice, bob } = world.sessions;
      if (bob !== null) expect(bob.id).toEqual(alice.id);
    }),
    { numRuns: runs(25) },
  );
}, 30_000);
