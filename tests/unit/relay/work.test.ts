import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { concat, fromHex, toHex, utf8 } from '../../../lib/protocol/bytes';
import { NO_WORK, type PaidFrame } from '../../../lib/protocol/relay';
import { decodeClientFrame } from '../../../lib/protocol/relay-codec';
import { passwordProof } from '../../../lib/protocol/relay-proof';
import { formatToken, parseToken } from '../../../lib/protocol/relay-token';
import { solveWork, workDone, workPuzzle } from '../../../lib/protocol/relay-work';
import { DEFAULT_LIMITS } from '../../../server/limits';
import { Payments } from '../../../server/payments';
import { newFrame, randomBytes } from '../../support/relay';
import { admissions } from '../../vectors/forms.json';

const ORIGIN = 'wss://relay.example';
const noPause = async () => undefined;

function knockFrame(): PaidFrame {
  return { kind: 'knock', sid: randomBytes(24), messageId: randomBytes(16), ttlSeconds: 0, cell: randomBytes(4096), work: NO_WORK };
}

describe('work', () => {
  const puzzle = fromHex(admissions.solved.puzzle);

  test('found from a known place is the known one, and counts as many zero bits as it has', async () => {
    const { bits, start, work } = admissions.solved;
    expect(toHex(await solveWork({ puzzle, bits, start: fromHex(start), pause: noPause }))).toBe(work);
    const hash = createHash('sha256').update(puzzle).update(fromHex(work)).digest('hex');
    const zeroBits = 256 - BigInt(`0x${hash}`).toString(2).length;
    expect(zeroBits).toBeGreaterThanOrEqual(bits);
    expect(workDone(puzzle, fromHex(work))).toBe(zeroBits);
    expect(workDone(puzzle, concat(fromHex(work).slice(0, 7), Uint8Array.of(0)))).toBeLessThan(bits);
  });

  test('lets others run while it is searched, and ends when its pause rejects', async () => {
    let pauses = 0;
    const pause = async () => {
      pauses += 1;
      if (pauses === 3) throw new Error('gone');
    };
    await expect(solveWork({ puzzle, bits: 32, start: fromHex('0000000000000000'), pause })).rejects.toThrow('gone');
    expect(pauses).toBe(3);
  });

  test('is for one frame, one connection and one relay', () => {
    const bound = { origin: ORIGIN, nonce: randomBytes(32), frame: knockFrame() };
    const puzzles = [
      bound,
      { ...bound, origin: 'wss://elsewhere.example' },
      { ...bound, nonce: randomBytes(32) },
      { ...bound, frame: { ...bound.frame, cell: randomBytes(4096) } },
      { ...bound, frame: { ...bound.frame, sid: randomBytes(24) } },
      { ...bound, frame: newFrame() },
    ].map((each) => toHex(workPuzzle(each)));
    expect(new Set(puzzles).size).toBe(puzzles.length);
    expect(toHex(workPuzzle({ ...bound, frame: { ...bound.frame, work: randomBytes(8) } }))).toBe(puzzles[0]);
  });

  test.each(admissions.paid)('puzzles are the ones written down', ({ frame, puzzle: known }) => {
    const { frame: paid } = decodeClientFrame(fromHex(frame));
    if (!('work' in paid)) throw new Error('no paid frame');
    expect(toHex(workPuzzle({ origin: admissions.origin, nonce: fromHex(admissions.nonce), frame: paid }))).toBe(known);
  });

  test('pays once with one solution, and again with another', async () => {
    const bound = { origin: ORIGIN, nonce: randomBytes(32) };
    const [payments, unpaid] = [new Payments(bound, DEFAULT_LIMITS), knockFrame()];
    const solve = async (start: string) => {
      const work = await solveWork({ puzzle: workPuzzle({ ...bound, frame: unpaid }), bits: 8, start: fromHex(start), pause: noPause });
      return { ...unpaid, work };
    };
    const [first, second] = [await solve('0000000000000000'), await solve('1000000000000000')];
    expect(payments.covers(first, 8)).toBe(true);
    expect([payments.spend(first), payments.spend(first), payments.spend(second)]).toEqual([true, false, true]);
    expect(new Payments({ ...bound, nonce: randomBytes(32) }, DEFAULT_LIMITS).covers(first, 30)).toBe(false);
  });
});

describe("a token's text", () => {
  const token = fromHex('00112233445566778899aabbccddeeff');
  const text = 'tincan-ABEiM0RVZneImaq7zN3u_w';

  test('is the prefix and 22 letters, and nothing else is one', () => {
    expect(formatToken(token)).toBe(text);
    expect(parseToken(text)).toEqual(token);
    for (const other of ['', text.slice(1), ` ${text}`, text.slice(0, -1), `${text}A`, text.replace('_', '/'), text.replace('-', '.')])
      expect(parseToken(other), other).toBeNull();
    expect(() => formatToken(token.slice(1))).toThrow(expect.objectContaining({ code: 'bad-value' }));
  });
});

describe("a password's proof", () => {
  test('is the one written down, however its letters are composed, and another for each relay and connection', () => {
    const { origin, password, proof } = admissions;
    const nonce = fromHex(admissions.nonce);
    expect(toHex(passwordProof({ origin, nonce, password }))).toBe(proof);
    expect(toHex(passwordProof({ origin, nonce, password: password.normalize('NFD') }))).toBe(proof);
    expect(toHex(passwordProof({ origin: ORIGIN, nonce, password }))).not.toBe(proof);
    expect(toHex(passwordProof({ origin, nonce: randomBytes(32), password }))).not.toBe(proof);
    expect(utf8(password).length).toBeGreaterThan(12);
  });
});
