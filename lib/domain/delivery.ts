/**
 * How far one message has come.
 *
 *   local ──OK──▶ held ──receipt──▶ delivered ──receipt──▶ read
 *     └────────────receipt────────────▲
 *
 * The timeline only rises. `held` moves by the relay's OK alone; `delivered` and `read` only by content authenticated in
 * that contact's session.
 */
export type DeliveryStage = 'local' | 'held' | 'delivered' | 'read';

export type Delivery =
  | { readonly stage: 'local' }
  | { readonly stage: 'held'; readonly untilMs: number }
  | { readonly stage: 'delivered'; readonly atMs: number }
  | { readonly stage: 'read'; readonly atMs: number };

export type DeliveryEvent =
  | { readonly kind: 'relay-ok'; readonly untilMs: number }
  | { readonly kind: 'receipt-delivered'; readonly atMs: number }
  | { readonly kind: 'receipt-read'; readonly atMs: number };

const RANK: Record<DeliveryStage, number> = { local: 0, held: 1, delivered: 2, read: 3 };

function reached(event: DeliveryEvent): Delivery {
  switch (event.kind) {
    case 'relay-ok':
      return { stage: 'held', untilMs: event.untilMs };
    case 'receipt-delivered':
      return { stage: 'delivered', atMs: event.atMs };
    case 'receipt-read':
      return { stage: 'read', atMs: event.atMs };
    default:
      return event satisfies never;
  }
}

/** Returns `delivery` itself when the event moves nothing, so that a repeat costs no write. */
export function advanceDelivery(delivery: Delivery, event: DeliveryEvent): Delivery {
  const next = reached(event);
  return RANK[next.stage] > RANK[delivery.stage] ? next : delivery;
}
