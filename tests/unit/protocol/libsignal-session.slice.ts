/** Whole sessions with libsignal-client, live: the product's ratchets, in Signal's form, against an implementation that is not ours. */
import { expect, it } from 'vitest';
import { concat, toHex, utf8 } from '../../../lib/protocol/bytes';
import { createKeyPair } from '../../../lib/protocol/keys';
import { agreeAsInitiator, type SignalBundle } from '../../support/libsignal/agreement';
import { decodeMessage, decodeOpening, decodePqHeader, encodeMessage, encodeOpening, encodePqHeader } from '../../support/libsignal/codec';
import { MEETINGS, meet } from '../../support/libsignal/peers';
import { seal } from '../../support/libsignal/session';
import { roundTrips, talkThroughLoss } from '../../support/libsignal/talk';
import { seeded } from '../../support/seed';
import { engine, flipped } from './parties';

const random = seeded('libsignal sessions');

it.each(MEETINGS)(
  '100 round trips: $initiator begins, one-time prekey: $hasOneTime',
  async (meeting) => {
    const pair = await meet(meeting);
    await roundTrips(pair, 100);
    expect(pair.ours.session.pqRatchet.braid.epoch).toBeGreaterThan(2);
  },
  60_000,
);

it.each(MEETINGS)(
  '30 % loss and reordering, three key epochs: $initiator begins, one-time prekey: $hasOneTime',
  async (meeting) => {
    const pair = await meet(meeting);
    const tallies = await talkThroughLoss(pair, { messages: 500, epochs: 3 }, random);
    for (const { said, arrived, overtaken, refused } of tallies) {
      expect(arrived).toBeGreaterThan(said / 2);
      expect(arrived).toBeLessThan(said);
      expect(overtaken).toBeGreaterThan(arrived / 4);
      expect(refused).toBeGreaterThan(0);
    }
  },
  60_000,
);

it('what libsignal sends, decoded and encoded again, is the same bytes', async () => {
  const { libsignal, ours } = await meet({ initiator: 'libsignal', hasOneTime: true });
  const first = await libsignal.say('first');
  const { opening, message } = decodeOpening(first.bytes);
  expect(toHex(encodeOpening(opening, message))).toBe(toHex(first.bytes));
  await ours.hear(first);
  await libsignal.hear(await ours.say('answer'));
  const plain = await libsignal.say('plain');
  for (const bytes of [message, plain.bytes]) {
    const decoded = decodeMessage(bytes);
    expect(toHex(concat(encodeMessage(decoded.message), decoded.mac))).toBe(toHex(bytes));
    const pqRatchet = decoded.message.pqRatchet ?? new Uint8Array(0);
    expect(toHex(encodePqHeader(decodePqHeader(pqRatchet)))).toBe(toHex(pqRatchet));
  }
});

it('libsignal reads nothing without the post-quantum ratchet’s key', async () => {
  const { libsignal, ours } = await meet({ initiator: 'ours', hasOneTime: true });
  const { chains, braid } = ours.session.pqRatchet;
  const sending = { ...chains.sending, chainKey: flipped(chains.sending.chainKey, 0) };
  const { bytes } = seal(engine, { ...ours.session, pqRatchet: { braid, chains: { ...chains, sending } } }, utf8('text'), null);
  await expect(libsignal.hear({ hasOpening: true, bytes })).rejects.toThrow();
  expect(await libsignal.hear(await ours.say('text'))).toBe('text');
});

it('neither side takes a bundle with a prekey that its owner did not sign', async () => {
  const spoil: readonly ((bundle: SignalBundle) => SignalBundle)[] = [
    (bundle) => ({ ...bundle, signed: { ...bundle.signed, public: createKeyPair(engine).public } }),
    (bundle) => ({ ...bundle, kyber: { ...bundle.kyber, public: flipped(bundle.kyber.public, 1567) } }),
  ];
  const { libsignal, ours } = await meet({ initiator: 'ours', hasOneTime: true });
  for (const spoilt of spoil) {
    const theirs = spoilt(await libsignal.publish(true));
    await expect(agreeAsInitiator(engine, createKeyPair(engine), theirs)).rejects.toThrow('not signed');
    await expect(libsignal.initiate(spoilt(ours.publish(true)))).rejects.toThrow();
  }
  await libsignal.initiate(ours.publish(true));
});
