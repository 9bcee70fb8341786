/** What a relay may want before it makes something for this user: work when it is busy, its password or a token when it is private. */
import type { Bytes } from '../protocol/bytes';
import { type ClientFrame, NO_TOKEN, type PaidFrame, type ServerFrame, WORK_BYTES } from '../protocol/relay';
import { passwordProof, relayOrigin } from '../protocol/relay-proof';
import { parseToken } from '../protocol/relay-token';
import { solveWork, workPuzzle } from '../protocol/relay-work';
import type { Core } from './core';
import { AppError } from './errors';

/** Half a minute in a browser: a relay that asks for more wants no queue made. */
const MAX_BITS = 24;

/** What the user was given for this relay: its password or a token. */
function accessTo({ journal }: Core, relay: string): string {
  return relay === journal.relay ? journal.relayAccess : '';
}

/** Harmless where it is not needed, or was used for a queue before. */
export function tokenFor(core: Core, relay: string): Bytes {
  return parseToken(accessTo(core, relay)) ?? NO_TOKEN;
}

/** Null without a password for this relay, and while it is not open. */
export function passFrame(core: Core, relay: string): ClientFrame | null {
  const [password, nonce] = [accessTo(core, relay), core.relays.nonce(relay)];
  if (!nonce || password === '' || parseToken(password)) return null;
  return { kind: 'pass', proof: passwordProof({ origin: relayOrigin(relay), nonce, password }) };
}

/** A NEW that needed the relay's password or a token. */
export function isAdmissionRefused(reply: ServerFrame): boolean {
  return reply.kind === 'err' && reply.code === 'AUTH';
}

/** @throws {AppError} relay-refused when it wants too much; relay-unreachable when the connection it was for is gone */
export async function pay(core: Core, relay: string, { frame, bits }: { frame: PaidFrame; bits: number }): Promise<PaidFrame> {
  const { clock, random } = core.world;
  const nonce = core.relays.nonce(relay);
  if (bits > MAX_BITS) throw new AppError('relay-refused');
  if (!nonce) throw new AppError('relay-unreachable');
  const pause = async () => {
    await new Promise<void>((resume) => void clock.after(0, resume));
    if (core.relays.nonce(relay) !== nonce) throw new AppError('relay-unreachable');
  };
  const puzzle = workPuzzle({ origin: relayOrigin(relay), nonce, frame });
  return { ...frame, work: await solveWork({ puzzle, bits, start: random.bytes(WORK_BYTES), pause }) };
}
