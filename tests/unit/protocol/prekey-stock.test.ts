import { describe, expect, it } from 'vitest';
import { concat, toHex, utf8 } from '../../../lib/protocol/bytes';
import { createIdentity } from '../../../lib/protocol/identity';
import {
  createStock,
  decodeStock,
  encodeStock,
  findPrekeys,
  KEEP_MS,
  lastResort,
  type PrekeyStock,
  ROTATE_MS,
  refillStock,
  rotateStock,
  usePrekeys,
} from '../../../lib/protocol/prekey-stock';
import { type AgreementPrekeys, offerPrekeys, type PrekeyPair } from '../../../lib/protocol/prekeys';
import { acceptSession, envelopePrekeyIds, initiateSession, sealEnvelope } from '../../../lib/protocol/session';
import { engine, flipped, NOW_MS } from './parties';

const alice = createIdentity(engine);
const bob = createIdentity(engine);
const HOUR_MS = 3600_000;

/** Alice starts a session with what Bob offers. */
async function opening(prekeys: AgreementPrekeys) {
  const initiated = await initiateSession(engine, { identity: alice, bundle: offerPrekeys(bob, prekeys) });
  return (await sealEnvelope(engine, initiated, utf8('hello'), 'cell')).envelope;
}

async function accept(stock: PrekeyStock, envelope: Awaited<ReturnType<typeof opening>>): Promise<PrekeyStock> {
  const prekeys = findPrekeys(stock, envelopePrekeyIds(envelope) as NonNullable<ReturnType<typeof envelopePrekeyIds>>);
  const { session } = await acceptSession(engine, { identity: bob, prekeys, envelope, nowMs: NOW_MS });
  return usePrekeys(stock, prekeys, session.id, NOW_MS);
}

const restarted = (stock: PrekeyStock) => decodeStock(encodeStock(stock));

describe('a stock of prekeys', () => {
  it('one-time prekey reused: a second opening over the same pair finds nothing, another pair is untouched', async () => {
    const { stock, fresh } = refillStock(engine, createStock(engine, NOW_MS), 2);
    const [first, second] = fresh as [AgreementPrekeys, AgreementPrekeys];
    const [one, again, other] = [await opening(first), await opening(first), await opening(second)];
    const used = restarted(await accept(restarted(stock), one));
    await expect(accept(used, one)).rejects.toMatchObject({ code: 'no-prekey' });
    await expect(accept(used, again)).rejects.toMatchObject({ code: 'no-prekey' });
    expect((await accept(used, other)).oneTimes).toHaveLength(0);
  });

  it('last-resort replay: the same opening makes a session once, another one makes its own', async () => {
    const stock = createStock(engine, NOW_MS);
    const [one, other] = [await opening(lastResort(stock)), await opening(lastResort(stock))];
    const used = restarted(await accept(stock, one));
    await expect(accept(used, one)).rejects.toMatchObject({ code: 'no-prekey' });
    expect((await accept(used, other)).used).toHaveLength(2);
  });

  it('refuses rather than forgets when it can remember no more openings', () => {
    const stock = createStock(engine, NOW_MS);
    const used = Array.from({ length: 1000 }, () => ({ sessionId: engine.randomBytes(32), atMs: NOW_MS }));
    const take = (count: number) => usePrekeys({ ...stock, used: used.slice(0, count) }, lastResort(stock), engine.randomBytes(32), NOW_MS);
    expect(take(999).used).toHaveLength(1000);
    expect(() => take(1000)).toThrow('no-prekey');
  });

  it('offers new weekly keys after a week, opens old ones for thirty days more, and remembers as long', async () => {
    const old = createStock(engine, NOW_MS);
    const late = await opening(lastResort(old));
    expect(rotateStock(engine, old, NOW_MS + ROTATE_MS - 1)).toBe(old);
    const rotated = rotateStock(engine, old, NOW_MS + ROTATE_MS);
    expect(lastResort(rotated).signed.id).not.toBe(lastResort(old).signed.id);
    let [stock, atMs] = [await accept(restarted(rotated), late), NOW_MS + ROTATE_MS];
    while (atMs + ROTATE_MS < NOW_MS + ROTATE_MS + KEEP_MS) {
      atMs += ROTATE_MS;
      stock = rotateStock(engine, stock, atMs);
      await expect(accept(stock, late), 'still known, so still a replay').rejects.toMatchObject({ details: { reason: 'last resort' } });
    }
    stock = rotateStock(engine, stock, NOW_MS + ROTATE_MS + KEEP_MS + ROTATE_MS);
    await expect(accept(stock, late), 'the key is gone').rejects.toMatchObject({ details: {} });
    expect(stock.weeks.length).toBeLessThanOrEqual(6);
    expect(stock.used).toHaveLength(0);
  });

  it('keeps a week’s keys to the last millisecond of thirty days after their replacement, and what was made of them a week longer', () => {
    const used = [{ sessionId: new Uint8Array(32), atMs: NOW_MS }];
    const replacedAtMs = NOW_MS + ROTATE_MS;
    const stock = { ...rotateStock(engine, createStock(engine, NOW_MS), replacedAtMs), used };
    expect(rotateStock(engine, stock, replacedAtMs + KEEP_MS - 1)).toMatchObject({ weeks: { length: 3 }, used });
    expect(rotateStock(engine, stock, replacedAtMs + KEEP_MS)).toMatchObject({ weeks: { length: 2 }, used: [] });
  });

  it('keeps two hundred one-time prekeys, the newest', () => {
    const { stock, fresh } = refillStock(engine, createStock(engine, NOW_MS), 3);
    const [{ oneTime, kem }] = fresh as [AgreementPrekeys];
    const many = {
      ...stock,
      oneTimes: Array.from({ length: 200 }, (_, i) => ({ oneTime: { ...(oneTime as PrekeyPair), id: i + 1 }, kem })),
    };
    const after = refillStock(engine, many, 1);
    expect(after.stock.oneTimes.map((pair) => pair.oneTime.id)).toEqual([
      ...Array.from({ length: 199 }, (_, i) => i + 2),
      after.fresh[0]?.oneTime?.id,
    ]);
  });

  it('never offers one-time prekeys under a signed prekey of an earlier week', () => {
    const { stock } = refillStock(engine, createStock(engine, NOW_MS), 1);
    const rotated = rotateStock(engine, stock, NOW_MS + ROTATE_MS + HOUR_MS);
    const { fresh } = refillStock(engine, rotated, 1);
    expect(fresh[0]?.signed.id).toBe(rotated.weeks[0].signed.id);
  });

  it('mixes nothing: a one-time X25519 key goes with its own KEM key only', () => {
    const { stock, fresh } = refillStock(engine, createStock(engine, NOW_MS), 2);
    const [a, b] = fresh as [AgreementPrekeys, AgreementPrekeys];
    const ids = { signedId: a.signed.id, oneTimeId: a.oneTime?.id ?? 0, kemId: a.kem.id };
    expect(findPrekeys(stock, ids).kem.public).toEqual(a.kem.public);
    const mixed = [
      { ...ids, kemId: b.kem.id },
      { ...ids, oneTimeId: 0 },
      { ...ids, kemId: stock.weeks[0].lastResort.id },
      { ...ids, signedId: 1 },
    ];
    for (const wrong of mixed) expect(() => findPrekeys(stock, wrong)).toThrow('no-prekey');
  });

  it('comes back from its stored form, and is refused when damaged', async () => {
    const made = createStock(engine, NOW_MS);
    const { stock } = refillStock(engine, await accept(made, await opening(lastResort(made))), 3);
    const stored = encodeStock(stock);
    expect(decodeStock(stored)).toEqual(stock);
    expect(toHex(stored)).toContain(toHex(stock.weeks[0].lastResort.seed));
    expect(() => decodeStock(flipped(stored, 10))).toThrow('bad-key');
    expect(() => decodeStock(stored.slice(0, -1))).toThrow(/truncated|trailing/);
    expect(() => decodeStock(new Uint8Array([1, 0, 0, 0, 0, 0]))).toThrow('bad-value');
    expect(() => decodeStock(flipped(stored, 0))).toThrow('bad-version');
    expect(() => decodeStock(concat(stored, new Uint8Array(1)))).toThrow('trailing');
  });

  it('comes back at its fullest, and is refused beyond', () => {
    const stock = createStock(engine, NOW_MS);
    const used = Array.from({ length: 1001 }, () => ({ sessionId: new Uint8Array(32), atMs: NOW_MS }));
    expect(restarted({ ...stock, used: used.slice(1) }).used).toHaveLength(1000);
    expect(() => restarted({ ...stock, used })).toThrow('too-large');
  });
});
