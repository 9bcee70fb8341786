/** Every event over every state that events lead to. */
import { describe, expect, test } from 'vitest';
import { advanceDelivery, type Delivery, type DeliveryEvent, hasArrived, isGivenUp } from '../../../lib/domain/delivery';

const EVENTS = {
  ok: { kind: 'relay-ok', atMs: 10, untilMs: 100 },
  delivered: { kind: 'receipt-delivered', atMs: 20 },
  read: { kind: 'receipt-read', atMs: 30 },
  gone: { kind: 'relay-refused', cause: 'queue-gone', atMs: 40 },
  full: { kind: 'relay-refused', cause: 'queue-full', atMs: 50 },
  ask: { kind: 'take-back-asked' },
  fetched: { kind: 'fetched' },
  unanswered: { kind: 'unanswered' },
  'taken-back': { kind: 'taken-back', atMs: 60 },
  expired: { kind: 'expired', atMs: 70 },
} as const satisfies Record<string, DeliveryEvent>;

type EventName = keyof typeof EVENTS;
const NAMES = Object.keys(EVENTS) as EventName[];
const WRITTEN: Delivery = { stage: 'local' };
const STAGES = ['local', 'held', 'delivered', 'read'] as const;

const having = (...names: readonly EventName[]): Delivery => names.reduce((state, name) => advanceDelivery(state, EVENTS[name]), WRITTEN);

/** By how one comes there first. */
function reachable(): ReadonlyMap<string, Delivery> {
  const found = new Map([['', WRITTEN]]);
  const known = new Set([JSON.stringify(WRITTEN)]);
  for (const [path, state] of found)
    for (const name of NAMES) {
      const next = advanceDelivery(state, EVENTS[name]);
      const spelled = JSON.stringify(Object.entries(next).toSorted());
      if (known.has(spelled)) continue;
      known.add(spelled);
      found.set(`${path} ${name}`.trim(), next);
    }
  return found;
}

const STATES = reachable();
const steps = [...STATES].flatMap(([path, state]) =>
  NAMES.map((name) => ({ path, state, name, next: advanceDelivery(state, EVENTS[name]) })),
);

/** The state in a word: where it is, and what became of it. */
function told({ stage, outcome, takeBack }: Delivery): string {
  const end = outcome?.kind === 'failed' ? outcome.cause : outcome?.kind;
  return [stage, end, takeBack].filter((part) => part).join(' ');
}

describe('of every event in every state', () => {
  test('there are as many as the rules allow, and not one more', () => {
    const words = new Set([...STATES.values()].map(told));
    const local = ['local', 'local queue-gone', 'local queue-full'];
    const asked = [...local, 'held'].flatMap((word) => ['asked', 'fetched', 'unanswered'].map((takeBack) => `${word} ${takeBack}`));
    const over = STAGES.map((stage) => `${stage} expired`);
    const rest = ['held', 'delivered', 'read', 'local taken-back', 'held taken-back'];
    expect([...words].toSorted()).toEqual([...local, ...asked, ...over, ...rest].toSorted());
  });

  test('the stage never falls, and only the relay’s OK makes it held, only a receipt delivered or read', () => {
    for (const { path, state, name, next } of steps) {
      const where = `${path}, then ${name}`;
      expect(STAGES.indexOf(next.stage), where).toBeGreaterThanOrEqual(STAGES.indexOf(state.stage));
      const moved = next.stage === state.stage ? null : next.stage;
      expect([null, { ok: 'held', delivered: 'delivered', read: 'read' }[name as 'ok'] ?? null], where).toContain(moved);
    }
  });

  test('a repeat moves nothing: it gives back the very same object', () => {
    for (const { path, name, next } of steps) expect(advanceDelivery(next, EVENTS[name]), `${path}, then ${name} twice`).toBe(next);
  });

  test('what moves nothing gives back the very same object too', () => {
    for (const { path, state, name, next } of steps)
      if (JSON.stringify(Object.entries(next).toSorted()) === JSON.stringify(Object.entries(state).toSorted()))
        expect(next, `${path}, then ${name}`).toBe(state);
  });

  test('a time that was told stays: of being held, of having come, of having been read', () => {
    for (const { path, state, name, next } of steps)
      for (const time of ['heldAtMs', 'deliveredAtMs', 'readAtMs'] as const)
        if (state[time] !== undefined) expect(next[time], `${path}, then ${name}: ${time}`).toBe(state[time]);
  });

  test('a receipt overrides that it was taken back, asked back or failed; that it has expired stays', () => {
    for (const { path, state, name, next } of steps) {
      if (name !== 'delivered' && name !== 'read') continue;
      expect(hasArrived(next), `${path}, then ${name}`).toBe(true);
      expect(next.outcome ?? null, `${path}, then ${name}`).toEqual(state.outcome?.kind === 'expired' ? state.outcome : null);
      expect(next.takeBack ?? null, `${path}, then ${name}`).toBeNull();
    }
  });

  test('what has come, was taken back or is over is moved by no OK, no refusal, no asking and no answer', () => {
    for (const { path, state, name, next } of steps)
      if ((hasArrived(state) || isGivenUp(state)) && !['delivered', 'read', 'expired'].includes(name))
        expect(next, `${path}, then ${name}`).toBe(state);
  });
});

describe('a message', () => {
  test('that is held, delivered and read keeps all its times', () => {
    expect(having('ok', 'delivered', 'read')).toEqual({
      ...{ stage: 'read', heldAtMs: 10, heldUntilMs: 100 },
      ...{ deliveredAtMs: 20, readAtMs: 30 },
    });
  });

  test('whose first receipt says read has come then too; the receipt for its coming, later, says nothing new', () => {
    expect(having('read')).toEqual({ stage: 'read', deliveredAtMs: 30, readAtMs: 30 });
    expect(having('read', 'delivered')).toEqual(having('read'));
  });

  test('stored again is held from when it first was, until the relay’s last word', () => {
    const again = advanceDelivery(having('ok'), { kind: 'relay-ok', atMs: 15, untilMs: 105 });
    expect(again).toEqual({ stage: 'held', heldAtMs: 10, heldUntilMs: 105 });
  });

  test('that the relay refuses says why, and the latest why; an OK then is as if nothing had been', () => {
    expect(having('gone').outcome).toEqual({ kind: 'failed', cause: 'queue-gone', atMs: 40 });
    expect(having('gone', 'full').outcome).toEqual({ kind: 'failed', cause: 'queue-full', atMs: 50 });
    expect(advanceDelivery(having('gone'), { ...EVENTS.gone, atMs: 99 }).outcome).toEqual(having('gone').outcome);
    expect(having('gone', 'ok')).toEqual(having('ok'));
    expect(having('ok', 'gone')).toEqual(having('ok'));
  });

  test('asked back before the relay’s OK came still hears what the relay says to it', () => {
    expect(having('ask', 'ok').takeBack).toBe('asked');
    expect(having('ask', 'ok', 'fetched').takeBack).toBe('fetched');
    expect(told(having('ask', 'ok', 'taken-back'))).toBe('held taken-back');
  });

  test.each([
    [['ok', 'ask', 'taken-back'], 'held taken-back'],
    [['ok', 'ask', 'fetched'], 'held fetched'],
    [['ok', 'ask', 'unanswered'], 'held unanswered'],
    [['ok', 'ask', 'unanswered', 'fetched'], 'held fetched'],
    [['ok', 'ask', 'unanswered', 'taken-back'], 'held taken-back'],
    [['ok', 'ask', 'unanswered', 'ask'], 'held asked'],
    [['ok', 'ask', 'fetched', 'unanswered'], 'held fetched'],
    [['ok', 'fetched'], 'held'],
    [['ok', 'unanswered'], 'held'],
    [['ok', 'ask', 'delivered'], 'delivered'],
    [['ok', 'ask', 'taken-back', 'read'], 'read'],
    [['taken-back', 'ok'], 'local taken-back'],
    [['delivered', 'taken-back'], 'delivered'],
    [['delivered', 'expired'], 'delivered expired'],
    [['expired', 'read'], 'read expired'],
    [['expired', 'taken-back'], 'local expired'],
    [['taken-back', 'expired'], 'local taken-back'],
    [['gone', 'expired'], 'local expired'],
  ] as const)('after %j is %s', (names, word) => {
    expect(told(having(...names))).toBe(word);
  });
});
