/** What a user has chosen, for everybody and for one contact, as a backup holds it. */

import type { Reader, Writer } from './bytes';
import { type Expiry, readExpiry, writeExpiry } from './content-life';
import { ProtocolError } from './errors';
import { readMaybe, writeMaybe } from './maybe';

/** Where a message may wait for a contact who is away: on this device, or sealed on the contact's relay; or asked each time. */
export type RoutingChoice = 'device' | 'relay' | 'ask';

export interface Settings {
  readonly routing: RoutingChoice;
  /** Of conversations that have no choice of their own; null: messages stay. */
  readonly expiry: Expiry | null;
  /** Others are told when their messages have been read, while one is being written, and when this user is here. */
  readonly tellsReading: boolean;
  readonly tellsTyping: boolean;
  readonly tellsPresence: boolean;
  readonly notify: {
    readonly shows: 'text' | 'sender' | 'nothing';
    readonly hasSound: boolean;
    /** Minutes of the local day; over midnight when `from` is the later. Null: none. */
    readonly quiet: { readonly from: number; readonly to: number } | null;
  };
}

/** Null: as the settings say. */
export interface Choices {
  readonly routing: RoutingChoice | null;
  /** 'off': messages stay. */
  readonly expiry: Expiry | 'off' | null;
  readonly tellsReading: boolean | null;
  readonly tellsTyping: boolean | null;
  readonly tellsPresence: boolean | null;
  readonly isPinned: boolean;
  readonly isArchived: boolean;
  readonly isBlocked: boolean;
  /** No notification before. 0: not muted; `Number.MAX_SAFE_INTEGER`: until it is unmuted. */
  readonly mutedUntilMs: number;
}

export const DAY_MINUTES = 24 * 60;

const ROUTINGS = ['device', 'relay', 'ask'] as const;
const SHOWS = ['text', 'sender', 'nothing'] as const;

function writeOneOf<Value>(writer: Writer, values: readonly Value[], value: Value): void {
  writer.u8(values.indexOf(value));
}

function readOneOf<Value>(reader: Reader, values: readonly Value[]): Value {
  const code = reader.u8();
  const value = values[code];
  if (value === undefined) throw new ProtocolError('bad-value', { code });
  return value;
}

function checkedMinute(minute: number): number {
  if (minute >= DAY_MINUTES) throw new ProtocolError('bad-value', { minute });
  return minute;
}

const readMinute = (reader: Reader) => checkedMinute(reader.u16());

/** @throws {ProtocolError} bad-value */
export function writeSettings(writer: Writer, { routing, expiry, tellsReading, tellsTyping, tellsPresence, notify }: Settings): void {
  writeOneOf(writer, ROUTINGS, routing);
  writeMaybe(writer, expiry, (known) => writeExpiry(writer, known));
  writer.flag(tellsReading).flag(tellsTyping).flag(tellsPresence);
  writeOneOf(writer, SHOWS, notify.shows);
  writer.flag(notify.hasSound);
  writeMaybe(writer, notify.quiet, ({ from, to }) => writer.u16(checkedMinute(from)).u16(checkedMinute(to)));
}

/** @throws {ProtocolError} bad-value, truncated */
export function readSettings(reader: Reader): Settings {
  return {
    routing: readOneOf(reader, ROUTINGS),
    expiry: readMaybe(reader, () => readExpiry(reader)),
    tellsReading: reader.flag(),
    tellsTyping: reader.flag(),
    tellsPresence: reader.flag(),
    notify: {
      shows: readOneOf(reader, SHOWS),
      hasSound: reader.flag(),
      quiet: readMaybe(reader, () => ({ from: readMinute(reader), to: readMinute(reader) })),
    },
  };
}

const OFF = 1;
const CHOSEN = 2;

function readExpiryChoice(reader: Reader): Choices['expiry'] {
  const code = reader.u8();
  if (code > CHOSEN) throw new ProtocolError('bad-value', { code });
  if (code === CHOSEN) return readExpiry(reader);
  return code === OFF ? 'off' : null;
}

/** @throws {ProtocolError} bad-value */
export function writeChoices(writer: Writer, choices: Choices): void {
  const { expiry } = choices;
  writeMaybe(writer, choices.routing, (routing) => writeOneOf(writer, ROUTINGS, routing));
  if (expiry === null || expiry === 'off') writer.u8(expiry === 'off' ? OFF : 0);
  else writeExpiry(writer.u8(CHOSEN), expiry);
  for (const told of [choices.tellsReading, choices.tellsTyping, choices.tellsPresence]) writeMaybe(writer, told, (is) => writer.flag(is));
  writer.flag(choices.isPinned).flag(choices.isArchived).flag(choices.isBlocked).u64(choices.mutedUntilMs);
}

/** @throws {ProtocolError} bad-value, truncated */
export function readChoices(reader: Reader): Choices {
  const readTold = () => readMaybe(reader, () => reader.flag());
  return {
    routing: readMaybe(reader, () => readOneOf(reader, ROUTINGS)),
    expiry: readExpiryChoice(reader),
    tellsReading: readTold(),
    tellsTyping: readTold(),
    tellsPresence: readTold(),
    isPinned: reader.flag(),
    isArchived: reader.flag(),
    isBlocked: reader.flag(),
    mutedUntilMs: reader.u64(),
  };
}
