/** One conversation with all its randomness written down: for second implementations, and so that no byte changes unnoticed. */
import { type BraidPart, receiveBraid, sendBraid, startBraid } from '../../../lib/protocol/braid';
import { type Bytes, fromHex, toHex, utf8 } from '../../../lib/protocol/bytes';
import { encodeContent } from '../../../lib/protocol/content';
import { partId, splitText } from '../../../lib/protocol/content-life';
import type { Engine } from '../../../lib/protocol/engine';
import { fingerprint } from '../../../lib/protocol/fingerprint';
import { createIdentity, encodeIdentity, identityHash } from '../../../lib/protocol/identity';
import { encodeInvite, sealInviteBundle } from '../../../lib/protocol/invite';
import { hash } from '../../../lib/protocol/kdf';
import { nextStamp, sealLive } from '../../../lib/protocol/live';
import { encodeLivePayload } from '../../../lib/protocol/live-payload';
import { addEpoch, startPqChains, stepPqSending } from '../../../lib/protocol/pq-chains';
import { type BoxAddress, sealBundle } from '../../../lib/protocol/prekey-box';
import { createStock, encodeStock, lastResort, refillStock, usePrekeys } from '../../../lib/protocol/prekey-stock';
import { createInvitePrekeys, encodePrekeyBundle, encodePrekeys, offerPrekeys, type PrekeyBundle } from '../../../lib/protocol/prekeys';
import { safetyNumber } from '../../../lib/protocol/safety-number';
import { acceptSession, encodeSession, initiateSession, type Session, sealEnvelope } from '../../../lib/protocol/session';
import { NOW_MS, opened, seededEngine } from './parties';

export interface Draw {
  readonly for: string;
  readonly bytes: string;
}

/** An engine that tells what its random bytes were for. */
function recordingEngine(base: Engine): { engine: Engine; draws: Draw[]; purpose(next: string): void } {
  const draws: Draw[] = [];
  let purpose = '';
  const engine: Engine = {
    ...base,
    randomBytes(size) {
      const bytes = base.randomBytes(size);
      draws.push({ for: purpose, bytes: toHex(bytes) });
      return bytes;
    },
  };
  return {
    engine,
    draws,
    purpose(next) {
      purpose = next;
    },
  };
}

/** A text of `count` pieces: what its parts are, by their hashes, and the ids of those after the first. */
function longText(contentId: Bytes) {
  const [piece, count] = ['Schnur \u{1f9f5} ✓', 5000] as const;
  const parts = splitText(piece.repeat(count));
  return {
    ...{ piece, count, partHashes: parts.map((part) => toHex(hash(utf8(part)))) },
    ids: parts.slice(1).map((_, i) => toHex(partId(contentId, i + 1))),
  };
}

function contents() {
  const contentId = utf8('content id 16 by');
  const front = { contentId, mayWait: true } as const;
  const expiry = { seconds: 3600, base: 'sent', ageSeconds: 90 } as const;
  const words = { text: 'Über die Schnur ✓', parts: 1, sentAtMs: NOW_MS, order: NOW_MS, replyTo: null };
  const text = encodeContent({ ...front, kind: 'text', ...words, expiry });
  const receipt = encodeContent({ contentId, mayWait: false, kind: 'receipt', delivered: [contentId], read: [], missing: [contentId] });
  const candidates = { kind: 'candidates', candidates: ['one', 'two'] } as const;
  const live = encodeLivePayload({ kind: 'string', stringId: contentId, signal: candidates });
  const typing = encodeLivePayload({ kind: 'typing', isTyping: true });
  return { text: toHex(text), receipt: toHex(receipt), live: toHex(live), typing: toHex(typing), long: longText(contentId) };
}

function spelled(from: string, part: BraidPart): string {
  return part.kind === 'none' ? `${from} none` : `${from} ${part.kind} ${part.chunk.index} ${toHex(part.chunk.bytes)}`;
}

/** For the agreement's PQ root, where a braid is shown by itself. */
const PQ_ROOT = new Uint8Array(32).fill(7);

/** What Alice's first three messages of key epoch 1 take from the secret. */
function messageKeys(secret: Bytes): readonly string[] {
  let chains = addEpoch(startPqChains('initiator', PQ_ROOT), 1, secret);
  return Array.from({ length: 3 }, () => {
    const step = stepPqSending(chains, 1);
    chains = step.chains;
    return toHex(step.key);
  });
}

/** One epoch of the braid by itself, where every fourth message either way is lost: what each side says, and the secret both end with. */
function braidEpoch(engine: Engine) {
  const key = engine.randomBytes(32);
  let [alice, bob] = [startBraid('initiator', key), startBraid('responder', key)];
  const said: string[] = [];
  const lost: number[] = [];
  const secrets: string[] = [];
  for (let turn = 0; secrets.length < 2; turn++) {
    const there = sendBraid(engine, alice);
    if (turn % 4 === 1) lost.push(said.length);
    else bob = receiveBraid(bob, { epoch: there.braid.epoch, part: there.part }).braid;
    const back = sendBraid(engine, bob);
    const message = { epoch: back.braid.epoch, part: back.part };
    const atAlice = turn % 4 === 3 ? { ...there, output: null } : receiveBraid(there.braid, message);
    if (turn % 4 === 3) lost.push(said.length + 1);
    said.push(spelled('alice', there.part), spelled('bob', back.part));
    for (const output of [back.output, atAlice.output]) if (output) secrets.push(toHex(output.secret));
    [alice, bob] = [atAlice.braid, back.braid];
  }
  return {
    key: toHex(key),
    said,
    secrets,
    messageKeys: messageKeys(fromHex(secrets[0] ?? '')),
    pqRoot: toHex(PQ_ROOT),
    lost: lost.join(' '),
  };
}

const EPOCHS_SAID = 'draw N, from 0, takes as many blocks of SHA-256("epochs " and the number of the block, from 0) as it needs';

/**
 * The session over last-resort keys goes on, a message each way in turn, into the braid's fourth epoch. Every fifth message of Alice's and
 * every seventh of Bob's is not opened, the later ones of them at the end.
 */
async function epochs(start: { readonly alice: Session; readonly bob: Session }) {
  const engine = seededEngine('epochs');
  const sides = { ...start };
  const late: { readonly reader: 'alice' | 'bob'; readonly envelope: Bytes }[] = [];
  const said: string[] = [];
  for (let count = 0; sides.bob.pqRatchet.braid.epoch < 4; count++) {
    const [from, reader, every] = count % 2 === 0 ? (['bob', 'alice', 7] as const) : (['alice', 'bob', 5] as const);
    const sent = await sealEnvelope(engine, sides[from], utf8(`message ${count}`), 'string');
    sides[from] = sent.session;
    const isLate = (count >> 1) % every === every - 1;
    said.push(`${from} ${isLate ? 'late' : 'sent'} ${toHex(hash(sent.envelope).slice(0, 8))}`);
    if (isLate) late.push({ reader, envelope: sent.envelope });
    else sides[reader] = (await opened(sides[reader], sent.envelope, engine)).session;
  }
  for (const { reader, envelope } of late.slice(-6)) sides[reader] = (await opened(sides[reader], envelope, engine)).session;
  return { random: EPOCHS_SAID, said, alice: toHex(encodeSession(sides.alice)), bob: toHex(encodeSession(sides.bob)) };
}

export async function transcript() {
  const { engine, draws, purpose } = recordingEngine(seededEngine('transcript'));
  purpose('identity of Alice: signing secret, agreement secret, XEdDSA randomness');
  const alice = createIdentity(engine);
  purpose('identity of Bob: signing secret, agreement secret, XEdDSA randomness');
  const bob = createIdentity(engine);
  purpose('prekeys of Bob: signed id, signed secret, one-time id, one-time secret, KEM id, KEM seed');
  const { prekeys, bundle } = createInvitePrekeys(engine, bob);

  purpose('invite: id, secret, queue id, nonce');
  const [inviteId, secret, sid] = [engine.randomBytes(16), engine.randomBytes(32), engine.randomBytes(24)];
  const relay = 'wss://relay.example/can';
  const link = encodeInvite({ relay, inviteId, secret, identityHash: identityHash(bob.statement), expiresAtMs: NOW_MS });
  const sealed = sealInviteBundle(engine, secret, inviteId, { bundle, name: 'Bob', address: { relay, sid } });

  const envelopes: { from: string; plaintext: string; envelope: string }[] = [];
  const say = async (from: string, session: Session, plaintext: string): Promise<{ session: Session; envelope: Bytes }> => {
    purpose(`envelope ${envelopes.length}: seed of the braid's key before the first one of Alice, header nonce`);
    const sent = await sealEnvelope(engine, session, utf8(plaintext), 'string');
    envelopes.push({ from, plaintext, envelope: toHex(sent.envelope) });
    return sent;
  };

  purpose('session of Alice: ephemeral secret, KEM message, ratchet secret');
  const initiated = await initiateSession(engine, { identity: alice, bundle });
  const first = await say('alice', initiated, 'hello');
  const second = await say('alice', first.session, 'are you there?');
  purpose('turn of Bob: ratchet secret');
  const accepted = await acceptSession(engine, { identity: bob, prekeys, envelope: second.envelope, nowMs: NOW_MS });
  const answer = await say('bob', accepted.session, 'yes');
  purpose('turn of Alice: ratchet secret');
  const atAlice = await opened(second.session, answer.envelope, engine);
  const third = await say('alice', atAlice.session, 'good');

  purpose('live frame: nonce');
  const stamp = nextStamp(0, NOW_MS);
  const direction = { senderHash: identityHash(alice.statement), readerHash: identityHash(bob.statement) };
  const live = sealLive(engine, { key: secret, stamp, ...direction }, utf8('presence'));

  purpose('braid by itself: key, seed of Alice, message of Bob');
  const braid = braidEpoch(engine);

  purpose('stock behind a box of Bob: signed id, signed secret, KEM id, KEM seed, one-time id, one-time secret, one-time KEM id and seed');
  const { stock, fresh } = refillStock(engine, createStock(engine, NOW_MS), 1);
  purpose('prekey box: id, secret, nonce of the last-resort bundle, nonce of the one-time one');
  const box: BoxAddress = { relay, boxId: engine.randomBytes(16), secret: engine.randomBytes(32) };
  const offered = [lastResort(stock), ...fresh].map((keys) => offerPrekeys(bob, keys));
  const boxed = offered.map((offer) => toHex(sealBundle(engine, box, offer)));
  purpose('last-resort session of Alice: ephemeral secret, KEM message, ratchet secret, seed of the braid, header nonce');
  const again = await initiateSession(engine, { identity: alice, bundle: offered[0] as PrekeyBundle, generation: NOW_MS / 1000 });
  const opening = await sealEnvelope(engine, again, utf8('once more'), 'string');
  purpose('turn of Bob over last-resort keys: ratchet secret');
  const renewed = await acceptSession(engine, { identity: bob, prekeys: lastResort(stock), envelope: opening.envelope, nowMs: NOW_MS });
  const used = usePrekeys(stock, lastResort(stock), renewed.session.id, NOW_MS);

  return {
    random: draws,
    alice: { identity: toHex(encodeIdentity(alice)), fingerprint: fingerprint(alice.statement) },
    bob: { identity: toHex(encodeIdentity(bob)), fingerprint: fingerprint(bob.statement), prekeys: toHex(encodePrekeys(prekeys)) },
    bundle: toHex(encodePrekeyBundle(bundle)),
    invite: { link, relay, name: 'Bob', sid: toHex(sid), expiresAtMs: NOW_MS, sealed: toHex(sealed) },
    safetyNumber: safetyNumber(alice.statement, bob.statement),
    sessionId: toHex(initiated.id),
    envelopes,
    bobWhenAnswered: toHex(encodeSession(answer.session)),
    aliceInTheEnd: toHex(encodeSession(third.session)),
    live: { key: toHex(secret), stamp, payload: 'presence', frame: toHex(live) },
    contents: contents(),
    braid,
    box: { id: toHex(box.boxId), secret: toHex(box.secret), sealed: boxed, stock: toHex(encodeStock(used)) },
    lastResort: {
      ...{ bundle: toHex(encodePrekeyBundle(offered[0] as PrekeyBundle)), generation: again.generation, sessionId: toHex(again.id) },
      ...{ plaintext: 'once more', envelope: toHex(opening.envelope), alice: toHex(encodeSession(opening.session)) },
    },
    epochs: await epochs({ alice: opening.session, bob: renewed.session }),
  };
}
