/**
 * What the braid makes of an encapsulated secret, and how it authenticates what it carries (ML-KEM Braid, section 2.2). The
 * key of the codes moves on with every epoch, so who has broken one epoch's elliptic curve can't put in a KEM key of their own.
 */
import { type Bytes, concat, equalBytes } from './bytes';
import { ProtocolError } from './errors';
import { deriveKeys, KEY_BYTES, mac } from './kdf';
import type { Authenticated, KeySchedule } from './key-schedule';

export const MAC_BYTES = 32;

export interface Authenticator {
  readonly rootKey: Bytes;
  readonly macKey: Bytes;
}

function updated(rootKey: Bytes, secret: Bytes, epoch: number, schedule: KeySchedule): Authenticator {
  const [nextRoot, macKey] = deriveKeys(schedule.authenticator(rootKey, secret, epoch), KEY_BYTES, KEY_BYTES);
  return { rootKey: nextRoot, macKey };
}

/** `key` is the agreement's. */
export function startAuthenticator(key: Bytes, schedule: KeySchedule): Authenticator {
  return updated(new Uint8Array(KEY_BYTES), key, schedule.authenticatorStart, schedule);
}

export interface EpochSecret {
  /** For the chains of messages. */
  readonly secret: Bytes;
  readonly authenticator: Authenticator;
}

/** What both sides hold once they share an epoch's encapsulated secret. */
export function finishEpoch(authenticator: Authenticator, epoch: number, shared: Bytes, schedule: KeySchedule): EpochSecret {
  const [secret] = deriveKeys({ secret: shared, info: schedule.braidSecret(epoch) }, KEY_BYTES);
  return { secret, authenticator: updated(authenticator.rootKey, secret, epoch, schedule) };
}

interface Carried {
  readonly what: Authenticated;
  readonly carried: Bytes;
  /** Has travelled already, and is covered too. */
  readonly before?: Bytes;
}

/** `carried` and its code. */
export function authenticate(
  { macKey }: Authenticator,
  epoch: number,
  { what, carried, before = new Uint8Array(0) }: Carried,
  schedule: KeySchedule,
): Bytes {
  return concat(carried, mac(macKey, concat(schedule.braidCode(what, epoch), before, carried)));
}

/** The carried bytes without their code. @throws {ProtocolError} braid-mac */
export function checkAuthentic(authenticator: Authenticator, epoch: number, { carried, ...rest }: Carried, schedule: KeySchedule): Bytes {
  const bytes = carried.slice(0, -MAC_BYTES);
  const isAuthentic = equalBytes(authenticate(authenticator, epoch, { ...rest, carried: bytes }, schedule), carried);
  if (!isAuthentic) throw new ProtocolError('braid-mac', { epoch });
  return bytes;
}
