/** Two people on Tincan's own protocol, with nothing of the app around it. Runs in Node and in both browsers. */
import type { Bytes } from '../../lib/protocol/bytes';
import type { Engine } from '../../lib/protocol/engine';
import { createIdentity } from '../../lib/protocol/identity';
import { createInvitePrekeys, encodePrekeyBundle, openPrekeyBundle } from '../../lib/protocol/prekeys';
import { acceptSession, decodeSession, encodeSession, initiateSession, openEnvelope, sealEnvelope } from '../../lib/protocol/session';
import type { Side, Talk, Workload } from './protocol-talk';

export interface StoredTalk extends Talk<Bytes> {
  readonly stored: Readonly<Record<Side, Bytes>>;
}

async function setUp(engine: Engine, text: Bytes, { alice, bob, prekeys, published }: Prepared): Promise<StoredTalk> {
  const initiated = await initiateSession(engine, { identity: alice, bundle: await openPrekeyBundle(engine, published) });
  const first = await sealEnvelope(engine, initiated, text, 'string');
  const accepted = await acceptSession(engine, { identity: bob, prekeys, envelope: first.envelope, nowMs: Date.now() });
  const stored: Record<Side, Bytes> = { alice: encodeSession(first.session), bob: encodeSession(accepted.session) };
  return {
    stored,
    async seal(from, plaintext) {
      const { session, envelope } = await sealEnvelope(engine, decodeSession(stored[from]), plaintext, 'string');
      stored[from] = encodeSession(session);
      return envelope;
    },
    async open(at, envelope) {
      const opened = await openEnvelope(engine, decodeSession(stored[at]), envelope, Date.now());
      if (opened === null) throw new Error('no header key matched');
      stored[at] = encodeSession(opened.session);
    },
  };
}

type Prepared = ReturnType<typeof prepareTwo>;

function prepareTwo(engine: Engine) {
  const [alice, bob] = [createIdentity(engine), createIdentity(engine)];
  const { prekeys, bundle } = createInvitePrekeys(engine, bob);
  return { alice, bob, prekeys, published: encodePrekeyBundle(bundle) };
}

export function tincan(engine: Engine): Workload<Bytes, StoredTalk> {
  return {
    async prepare() {
      const prepared = prepareTwo(engine);
      return (text) => setUp(engine, text, prepared);
    },
  };
}
