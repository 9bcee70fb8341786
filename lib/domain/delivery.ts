/**
 * How far one message has come, when, and how it ended if it did not arrive.
 *
 *   local ──OK──▶ held ──receipt──▶ delivered ──receipt──▶ read
 *     └────────────receipt────────────▲
 *
 *   outcome: none ──▶ taken-back | expired | failed        a receipt overrides taken-back and failed, an OK failed
 *   take back: none ──▶ asked ──▶ (taken-back) | fetched, or unanswered ──▶ (taken-back) | fetched
 *
 * The stage only rises. `held` moves by the relay's OK alone; `delivered` and `read` only by content authenticated in that
 * contact's session. What has expired is over, though its stage may still rise: a receipt may be on its way.
 */
export type DeliveryStage = 'local' | 'held' | 'delivered' | 'read';

/** Why a relay does not take it; it is tried again. */
export type FailureCause = 'queue-gone' | 'queue-full';

export type Outcome =
  | { readonly kind: 'taken-back' | 'expired'; readonly atMs: number }
  | { readonly kind: 'failed'; readonly cause: FailureCause; readonly atMs: number };

/** The relay has been asked to let it go; it was, or may have been, handed out before; or the relay has not said. */
export type TakeBack = 'asked' | 'fetched' | 'unanswered';

export interface Delivery {
  readonly stage: DeliveryStage;
  readonly heldAtMs?: number | null;
  /** The relay deletes it then at the latest. */
  readonly heldUntilMs?: number | null;
  readonly deliveredAtMs?: number | null;
  readonly readAtMs?: number | null;
  readonly outcome?: Outcome | null;
  readonly takeBack?: TakeBack | null;
}

export type DeliveryEvent =
  | { readonly kind: 'relay-ok'; readonly atMs: number; readonly untilMs: number }
  | { readonly kind: 'receipt-delivered' | 'receipt-read'; readonly atMs: number }
  | { readonly kind: 'relay-refused'; readonly cause: FailureCause; readonly atMs: number }
  | { readonly kind: 'take-back-asked' | 'fetched' | 'unanswered' }
  | { readonly kind: 'taken-back' | 'expired'; readonly atMs: number };

const RANK: Record<DeliveryStage, number> = { local: 0, held: 1, delivered: 2, read: 3 };

export function hasArrived({ stage }: Delivery): boolean {
  return RANK[stage] >= RANK.delivered;
}

/** Nothing more is done to bring it there. */
export function isGivenUp({ outcome }: Delivery): boolean {
  return outcome?.kind === 'taken-back' || outcome?.kind === 'expired';
}

function without({ outcome: _outcome, takeBack: _takeBack, ...rest }: Delivery): Delivery {
  return rest;
}

/** What came there was neither taken back nor failed. */
function arrived(delivery: Delivery): Delivery {
  return delivery.outcome?.kind === 'expired' ? delivery : without(delivery);
}

function held(delivery: Delivery, atMs: number, untilMs: number): Delivery {
  if (hasArrived(delivery) || isGivenUp(delivery)) return delivery;
  if (delivery.stage === 'held' && delivery.heldUntilMs === untilMs && !delivery.outcome) return delivery;
  // It may have been asked back before this OK came: the answer to that is still awaited.
  const { outcome: _outcome, ...rest } = delivery;
  return { ...rest, stage: 'held', heldAtMs: delivery.heldAtMs ?? atMs, heldUntilMs: untilMs };
}

/** Returns `delivery` itself when the event moves nothing, so that a repeat costs no write. */
export function advanceDelivery(delivery: Delivery, event: DeliveryEvent): Delivery {
  const { stage } = delivery;
  switch (event.kind) {
    case 'relay-ok':
      return held(delivery, event.atMs, event.untilMs);
    case 'receipt-delivered':
      return hasArrived(delivery) ? delivery : { ...arrived(delivery), stage: 'delivered', deliveredAtMs: event.atMs };
    case 'receipt-read':
      if (stage === 'read') return delivery;
      return { ...arrived(delivery), stage: 'read', deliveredAtMs: delivery.deliveredAtMs ?? event.atMs, readAtMs: event.atMs };
    case 'relay-refused': {
      const isKnown = delivery.outcome?.kind === 'failed' && delivery.outcome.cause === event.cause;
      if (stage !== 'local' || isGivenUp(delivery) || isKnown) return delivery;
      return { ...delivery, outcome: { kind: 'failed', cause: event.cause, atMs: event.atMs } };
    }
    case 'take-back-asked':
      return hasArrived(delivery) || isGivenUp(delivery) || delivery.takeBack === 'asked' ? delivery : { ...delivery, takeBack: 'asked' };
    case 'fetched':
      return delivery.takeBack === 'asked' || delivery.takeBack === 'unanswered' ? { ...delivery, takeBack: 'fetched' } : delivery;
    case 'unanswered':
      return delivery.takeBack === 'asked' ? { ...delivery, takeBack: 'unanswered' } : delivery;
    case 'taken-back':
    case 'expired':
      if (isGivenUp(delivery) || (hasArrived(delivery) && event.kind === 'taken-back')) return delivery;
      return { ...without(delivery), outcome: { kind: event.kind, atMs: event.atMs } };
    default:
      return event satisfies never;
  }
}
