/** What a request leads to. */
import type { RelayErrorCode, ServerFrame } from '../lib/protocol/relay';
import type { Admission } from './admission';
import type { Payments } from './payments';

export interface Answer {
  readonly frame: ServerFrame;
  /** Runs right after the frame was sent, so that what follows can't overtake it. */
  readonly after?: () => void;
}

export const OK: Answer = { frame: { kind: 'ok' } };

/** The frame is to come again, with so much work. */
export function demand(workBits: number): Answer {
  return { frame: { kind: 'err', code: 'POW', workBits } };
}

export function refusal(code: Exclude<RelayErrorCode, 'POW'>, retryMs = 0): Answer {
  return { frame: { kind: 'err', code, retryMs } };
}

/** Who is on the other end, as far as a request needs it. */
export interface Caller {
  /** This connection's, in every signature. */
  readonly nonce: Uint8Array<ArrayBuffer>;
  /** The relay's address as this client sees it, in every signature. */
  readonly origin: string;
  /** Counts this client's address without naming it. */
  readonly addressKey: string;
  readonly payments: Payments;
  readonly admission: Admission;
}
