/**
 * The owner's prekeys behind one prekey box: what is offered now, and what openings may still come for.
 *
 *   signed and last-resort prekey   a new pair each week; the old ones are kept 30 days longer, for openings on their way
 *   one-time prekeys                in pairs (X25519, KEM); deleted with the commit that stores the session they made
 *
 * An opening over last-resort keys can be said again by whoever saw it, so the sessions made from them are remembered for as
 * long as the keys are kept.
 */
import { type Bytes, equalBytes, Reader, Writer } from './bytes';
import type { Engine } from './engine';
import { ProtocolError } from './errors';
import { type PrekeyIds, SESSION_ID_BYTES } from './pqxdh';
import {
  type AgreementPrekeys,
  createKemPrekey,
  createPrekey,
  type KemPrekeySecret,
  NO_PREKEY_ID,
  type PrekeyPair,
  readKemPrekey,
  readPrekey,
  wholeKemPrekey,
  writeKemPrekey,
  writePrekey,
} from './prekeys';

const STOCK_VERSION = 1;
const DAY_MS = 24 * 3600_000;
export const ROTATE_MS = 7 * DAY_MS;
export const KEEP_MS = 30 * DAY_MS;
const MAX_REMEMBERED = 1000;
/** Offered and not yet used; the oldest go first. */
const MAX_ONE_TIME = 200;

type Draw = Pick<Engine, 'randomBytes'>;

/** Weekly keys: a signed prekey with the last-resort KEM prekey of the same week. */
interface WeekKeys {
  readonly signed: PrekeyPair;
  readonly lastResort: KemPrekeySecret;
  readonly madeAtMs: number;
}

interface OneTimePair {
  readonly oneTime: PrekeyPair;
  readonly kem: KemPrekeySecret;
}

/** Secret: only its owner's sealed store may hold it. A value: every step returns a new one. */
export interface PrekeyStock {
  /** Newest first; the first is offered. */
  readonly weeks: readonly [WeekKeys, ...WeekKeys[]];
  readonly oneTimes: readonly OneTimePair[];
  /** Ids of sessions made from last-resort keys, and when. */
  readonly used: readonly { readonly sessionId: Bytes; readonly atMs: number }[];
}

function createWeek(engine: Draw, nowMs: number): WeekKeys {
  const [signed, { id, seed }] = [createPrekey(engine), createKemPrekey(engine)];
  return { signed, lastResort: { id, seed }, madeAtMs: nowMs };
}

export function createStock(engine: Draw, nowMs: number): PrekeyStock {
  return { weeks: [createWeek(engine, nowMs)], oneTimes: [], used: [] };
}

/** New keys once those on offer are a week old; drops what is 30 days past its replacement. The same stock when nothing is due. */
export function rotateStock(engine: Draw, stock: PrekeyStock, nowMs: number): PrekeyStock {
  const [newest] = stock.weeks;
  if (nowMs - newest.madeAtMs < ROTATE_MS) return stock;
  // A week was replaced when the one before it in the list was made.
  const kept = stock.weeks.filter((_, i) => i === 0 || nowMs - (stock.weeks[i - 1] as WeekKeys).madeAtMs < KEEP_MS);
  const used = stock.used.filter(({ atMs }) => nowMs - atMs < KEEP_MS + ROTATE_MS);
  return { ...stock, weeks: [createWeek(engine, nowMs), ...kept], used };
}

/** Makes `count` more one-time pairs, and says which bundles to offer for them. */
export function refillStock(
  engine: Draw,
  stock: PrekeyStock,
  count: number,
): { readonly stock: PrekeyStock; readonly fresh: AgreementPrekeys[] } {
  const pairs = Array.from({ length: count }, () => ({ oneTime: createPrekey(engine), kem: createKemPrekey(engine) }));
  const { signed } = stock.weeks[0];
  const kept = pairs.map(({ oneTime, kem: { id, seed } }) => ({ oneTime, kem: { id, seed } }));
  return {
    stock: { ...stock, oneTimes: [...stock.oneTimes, ...kept].slice(-MAX_ONE_TIME) },
    fresh: pairs.map((pair) => ({ signed, ...pair })),
  };
}

/** What is offered when one-time prekeys have run out. */
export function lastResort({ weeks }: PrekeyStock): AgreementPrekeys {
  const [{ signed, lastResort: kem }] = weeks;
  return { signed, oneTime: null, kem: wholeKemPrekey(kem) };
}

/** The keys an opening was made for. @throws {ProtocolError} no-prekey for keys that never were, are used, or are given up. */
export function findPrekeys({ weeks, oneTimes }: PrekeyStock, { signedId, oneTimeId, kemId }: PrekeyIds): AgreementPrekeys {
  const week = weeks.find(({ signed }) => signed.id === signedId);
  const pair = oneTimes.find(({ oneTime, kem }) => oneTime.id === oneTimeId && kem.id === kemId);
  if (week && pair) return { signed: week.signed, oneTime: pair.oneTime, kem: wholeKemPrekey(pair.kem) };
  if (week?.lastResort.id === kemId && oneTimeId === NO_PREKEY_ID) {
    return { signed: week.signed, oneTime: null, kem: wholeKemPrekey(week.lastResort) };
  }
  throw new ProtocolError('no-prekey');
}

/**
 * The stock once a session was made of these keys; store it in the commit that stores the session.
 * @throws {ProtocolError} no-prekey for a session that was made before, or when no more can be remembered: it may have been.
 */
export function usePrekeys(stock: PrekeyStock, prekeys: AgreementPrekeys, sessionId: Bytes, nowMs: number): PrekeyStock {
  if (prekeys.oneTime) {
    const usedId = prekeys.oneTime.id;
    return { ...stock, oneTimes: stock.oneTimes.filter(({ oneTime }) => oneTime.id !== usedId) };
  }
  const isReplay = stock.used.some((before) => equalBytes(before.sessionId, sessionId));
  if (isReplay || stock.used.length >= MAX_REMEMBERED) throw new ProtocolError('no-prekey', { reason: 'last resort' });
  return { ...stock, used: [...stock.used, { sessionId, atMs: nowMs }] };
}

/** For the owner's sealed store only: it carries the secrets. */
export function encodeStock({ weeks, oneTimes, used }: PrekeyStock): Bytes {
  const writer = new Writer().u8(STOCK_VERSION).u8(weeks.length);
  for (const { signed, lastResort: kem, madeAtMs } of weeks) {
    writePrekey(writer, signed);
    writeKemPrekey(writer, kem);
    writer.u64(madeAtMs);
  }
  writer.u16(oneTimes.length);
  for (const { oneTime, kem } of oneTimes) {
    writePrekey(writer, oneTime);
    writeKemPrekey(writer, kem);
  }
  writer.u16(used.length);
  for (const { sessionId, atMs } of used) writer.bytes(sessionId).u64(atMs);
  return writer.done();
}

function readWeek(reader: Reader): WeekKeys {
  return { signed: readPrekey(reader), lastResort: readKemPrekey(reader), madeAtMs: reader.u64() };
}

function readCount(reader: Reader, max: number): number {
  const count = reader.u16();
  if (count > max) throw new ProtocolError('too-large', { size: count, max });
  return count;
}

/** @throws {ProtocolError} bad-version, bad-value, bad-key, too-large, truncated, trailing */
export function decodeStock(bytes: Uint8Array): PrekeyStock {
  const reader = new Reader(bytes);
  const version = reader.u8();
  if (version !== STOCK_VERSION) throw new ProtocolError('bad-version', { version });
  const [first, ...older] = Array.from({ length: reader.u8() }, () => readWeek(reader));
  if (first === undefined) throw new ProtocolError('bad-value', { weeks: 0 });
  const oneTimes = Array.from({ length: readCount(reader, MAX_ONE_TIME) }, () => ({
    oneTime: readPrekey(reader),
    kem: readKemPrekey(reader),
  }));
  const used = Array.from({ length: readCount(reader, MAX_REMEMBERED) }, () => ({
    sessionId: reader.bytes(SESSION_ID_BYTES),
    atMs: reader.u64(),
  }));
  reader.end();
  return { weeks: [first, ...older], oneTimes, used };
}
