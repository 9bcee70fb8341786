/** Arbitrary frames of every kind, for properties. */
import fc from 'fast-check';
import type { Bytes } from '../../../lib/protocol/bytes';
import type { ClientFrame, ServerFrame } from '../../../lib/protocol/relay';

const bytes = (min: number, max = min): fc.Arbitrary<Bytes> =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((value) => new Uint8Array(value));
const id = bytes(24);
const shortId = bytes(16);
const key = bytes(32);
const signature = bytes(64);
const work = bytes(8);
const u32 = fc.nat({ max: 0xffff_ffff });
// Filled from one byte: what is inside a cell does not matter to the codec, and 16 KiB of it costs time.
const cell: fc.Arbitrary<Bytes> = fc
  .record({ size: fc.constantFrom(4096, 16_384), fill: fc.nat({ max: 255 }) })
  .map(({ size, fill }) => new Uint8Array(size).fill(fill));
const bundle: fc.Arbitrary<Bytes> = fc.nat({ max: 255 }).map((fill) => new Uint8Array(2048).fill(fill));
const list = <Item>(item: fc.Arbitrary<Item>) => fc.array(item, { minLength: 1, maxLength: 64 });
const kind = <Name extends string>(name: Name) => fc.constant(name);

export const clientFrames: { readonly [Kind in ClientFrame['kind']]: fc.Arbitrary<Extract<ClientFrame, { kind: Kind }>> } = {
  new: fc.record({
    kind: kind('new'),
    newId: shortId,
    readerKey: key,
    doorbellKey: key,
    doorBits: fc.nat({ max: 32 }),
    token: shortId,
    work,
  }),
  key: fc.record({ kind: kind('key'), sid: id, writerKey: key }),
  sub: fc.record({
    kind: kind('sub'),
    proofs: list(fc.record({ rid: id, role: fc.constantFrom('reader' as const, 'doorbell' as const), isLive: fc.boolean(), signature })),
  }),
  open: fc.record({ kind: kind('open'), proofs: list(fc.record({ sid: id, signature })) }),
  unsub: fc.record({ kind: kind('unsub'), rids: list(id) }),
  send: fc.record({ kind: kind('send'), sid: id, messageId: shortId, ttlSeconds: u32, cell }),
  ack: fc.record({ kind: kind('ack'), rid: id, messageId: shortId }),
  del: fc.record({ kind: kind('del'), queueId: id, messageId: shortId }),
  sig: fc.record({ kind: kind('sig'), sid: id, payload: bytes(1, 600) }),
  'inv-put': fc.record({ kind: kind('inv-put'), inviteId: shortId, ownerKey: key, ttlSeconds: u32, sealed: bytes(1, 4096) }),
  'inv-take': fc.record({ kind: kind('inv-take'), inviteId: shortId, takerKey: key }),
  'inv-del': fc.record({ kind: kind('inv-del'), inviteId: shortId, signature }),
  'pre-put': fc.record({
    kind: kind('pre-put'),
    boxId: shortId,
    ownerKey: key,
    revision: fc.integer({ min: 1, max: 0xffff_ffff }),
    signature,
    isReplacement: fc.boolean(),
    lastResort: bundle,
    oneTimes: fc.array(bundle, { maxLength: 24 }),
  }),
  'pre-take': fc.record({ kind: kind('pre-take'), boxId: shortId }),
  'pre-del': fc.record({ kind: kind('pre-del'), boxId: shortId, signature }),
  knock: fc.record({
    kind: kind('knock'),
    sid: id,
    messageId: shortId,
    ttlSeconds: u32,
    cell: fc.nat({ max: 255 }).map((fill) => new Uint8Array(4096).fill(fill)),
    work,
  }),
  close: fc.record({ kind: kind('close'), rid: id }),
  look: fc.record({ kind: kind('look'), sid: id, messageIds: list(shortId) }),
  pass: fc.record({ kind: kind('pass'), proof: key }),
  ping: fc.record({ kind: kind('ping') }),
};

const errorCode = fc.constantFrom(
  'SYNTAX' as const,
  'AUTH' as const,
  'QUOTA' as const,
  'TOO_LARGE' as const,
  'RATE' as const,
  'NO_MSG' as const,
  'GONE' as const,
  'TAKEN' as const,
  'RETRY' as const,
  'VERSION' as const,
  'FULL' as const,
);

export const serverFrames: { readonly [Kind in ServerFrame['kind']]: fc.Arbitrary<Extract<ServerFrame, { kind: Kind }>> } = {
  hello: fc.record({
    kind: kind('hello'),
    nonce: key,
    timeMs: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    retentionSeconds: u32,
    maxRetentionSeconds: u32,
    stunUrls: fc.array(fc.string({ maxLength: 30 }), { maxLength: 8 }),
  }),
  ok: fc.record({ kind: kind('ok') }),
  'ok-queue': fc.record({ kind: kind('ok-queue'), rid: id, sid: id }),
  'ok-proofs': fc.record({ kind: kind('ok-proofs'), accepted: list(fc.boolean()) }),
  'ok-stored': fc.record({ kind: kind('ok-stored'), expiresInSeconds: u32 }),
  'ok-invite': fc.record({ kind: kind('ok-invite'), sealed: bytes(1, 4096) }),
  'ok-waiting': fc.record({ kind: kind('ok-waiting'), isWaiting: list(fc.boolean()) }),
  'ok-deleted': fc.record({ kind: kind('ok-deleted'), wasHanded: fc.constantFrom('no' as const, 'maybe' as const) }),
  'ok-box': fc.record({ kind: kind('ok-box'), revision: u32, left: fc.nat({ max: 0xffff }) }),
  'ok-bundle': fc.record({ kind: kind('ok-bundle'), sealed: bundle }),
  err: fc.oneof(
    fc.record({ kind: kind('err'), code: errorCode, retryMs: u32 }),
    fc.record({ kind: kind('err'), code: kind('POW'), workBits: fc.integer({ min: 1, max: 32 }) }),
  ),
  msg: fc.record({ kind: kind('msg'), rid: id, messageId: shortId, ageSeconds: u32, cell }),
  sig: fc.record({ kind: kind('sig'), rid: id, payload: bytes(1, 600) }),
  bell: fc.record({ kind: kind('bell'), rid: id }),
  end: fc.record({ kind: kind('end'), rid: id }),
  idle: fc.record({ kind: kind('idle'), rid: id, daysLeft: fc.nat({ max: 0xffff }) }),
  drain: fc.record({ kind: kind('drain'), reconnectAfterMs: u32 }),
  pong: fc.record({ kind: kind('pong') }),
};
