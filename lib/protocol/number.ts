/**
 * The 15-digit number of an identity: an address that can be read out over a telephone, and no proof of who answers. Argon2id makes
 * it dear to search for a key that has a given number.
 */
import { type Argon2id, type Argon2Parameters, stretch } from './argon2';
import { type Bytes, Writer } from './bytes';
import { ProtocolError } from './errors';
import { openIdentityStatement } from './identity';
import { hash, label } from './kdf';

const DIGITS = 15;
const GROUP_DIGITS = 3;
const RANGE = 10n ** BigInt(DIGITS);
/** Part of the function: with any others an identity would have another number. */
const COST: Argon2Parameters = { memoryKib: 64 * 1024, passes: 3, lanes: 1 };
/** 256 bits modulo 10^15: no number is likelier than another by more than one part in 2^206. */
const OUTPUT_BYTES = 32;
/** A relay that calls every number taken costs a device sixteen turns of Argon2, not its battery. */
export const MAX_NUMBER_COUNTER = 15;

/** All bytes of it enter as salt, the closing zero too. */
const SALT = label('number salt');

export interface NumberOwner {
  readonly statement: Bytes;
  /** 0, and one more each time a relay answered that the number is taken. */
  readonly counter: number;
}

/**
 * 15 digits, leading zeros kept. Both keys count, how they were signed does not.
 * @throws {ProtocolError} bad-value for a counter above MAX_NUMBER_COUNTER, and as `openIdentityStatement` and `stretch`
 */
export async function numberOf(argon2id: Argon2id, { statement, counter }: NumberOwner): Promise<string> {
  if (counter > MAX_NUMBER_COUNTER) throw new ProtocolError('bad-value', { counter });
  const { sigPublic, dhPublic } = openIdentityStatement(statement);
  const password = hash(label('number'), sigPublic, dhPublic, new Writer().u32(counter).done());
  const output = await stretch(argon2id, { ...COST, password, salt: SALT, outputBytes: OUTPUT_BYTES });
  const value = output.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return String(value % RANGE).padStart(DIGITS, '0');
}

/** After TAKEN. @throws {ProtocolError} number-exhausted */
export function nextNumberCounter(counter: number): number {
  if (counter >= MAX_NUMBER_COUNTER) throw new ProtocolError('number-exhausted', { counter });
  return counter + 1;
}

/** White space and invisible marks of any kind, hyphens and dashes, dots: what people, telephones and text programs put between digits. */
const SEPARATORS = /[\s\p{Pd}\p{Cf}.\u00b7\u2024\u2212]+/gu;
const DECIMAL_DIGIT = /^\p{Nd}$/u;

/** Unicode keeps the ten digits of a script together and in order; the mathematical ones are five such rows, end to end. */
function digitValue(digit: string): number {
  const point = digit.codePointAt(0) as number;
  let zero = point;
  while (DECIMAL_DIGIT.test(String.fromCodePoint(zero - 1))) zero--;
  return (point - zero) % 10;
}

/**
 * Reads what people type or paste, in the decimal digits of any script, to 15 ASCII digits.
 * @throws {ProtocolError} number-malformed for anything but digits and what may stand between them, number-length
 */
export function parseNumber(text: string): string {
  const digits = [...text.replace(SEPARATORS, '')];
  if (!digits.every((digit) => DECIMAL_DIGIT.test(digit))) throw new ProtocolError('number-malformed', { length: text.length });
  if (digits.length !== DIGITS) throw new ProtocolError('number-length', { digits: digits.length, wanted: DIGITS });
  return digits.map(digitValue).join('');
}

/** Groups of three with hyphens between, and so one word for a line break. @throws {ProtocolError} as `parseNumber` */
export function formatNumber(number: string): string {
  const digits = parseNumber(number);
  const groups = Array.from({ length: DIGITS / GROUP_DIGITS }, (_, i) => digits.slice(i * GROUP_DIGITS, (i + 1) * GROUP_DIGITS));
  return groups.join('-');
}
