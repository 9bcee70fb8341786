import { describe, expect, test } from 'vitest';
import { Handovers } from '../../../server/handovers';

function handedOver(handovers: Handovers, queue: number, upTo: number): void {
  handovers.readingBegins(queue);
  handovers.readingEnds(queue, upTo);
}

describe('of a message taken back, the relay', () => {
  test('is sure while nobody has read its queue that far', () => {
    const handovers = new Handovers();
    handovers.stored(11);
    handovers.stored(12);
    expect(handovers.wasHanded(1, 12)).toBe('no');
    handedOver(handovers, 1, 11);
    expect([handovers.wasHanded(1, 11), handovers.wasHanded(1, 12)]).toEqual(['maybe', 'no']);
    // A newer connection began at the front again, and has come less far.
    handedOver(handovers, 1, 12);
    handedOver(handovers, 1, 11);
    expect(handovers.wasHanded(1, 12)).toBe('maybe');
    expect(handovers.wasHanded(2, 12)).toBe('no');
  });

  test('is not sure of what was stored before this process', () => {
    const handovers = new Handovers();
    expect(handovers.wasHanded(1, 10)).toBe('maybe');
    handovers.stored(11);
    expect([handovers.wasHanded(1, 10), handovers.wasHanded(1, 11)]).toEqual(['maybe', 'no']);
  });

  test('is not sure while anybody reads the queue: it may be among what they read', () => {
    const handovers = new Handovers();
    handovers.stored(11);
    handovers.readingBegins(1);
    handovers.readingBegins(1);
    expect(handovers.wasHanded(1, 11)).toBe('maybe');
    handovers.readingEnds(1, 0);
    expect(handovers.wasHanded(1, 11)).toBe('maybe');
    handovers.readingEnds(1, 0);
    expect(handovers.wasHanded(1, 11)).toBe('no');
  });

  test('is not sure of what it had to forget, and forgets the queue handed from longest ago', () => {
    const handovers = new Handovers(2);
    handovers.stored(1);
    handedOver(handovers, 1, 3);
    handedOver(handovers, 2, 4);
    handedOver(handovers, 1, 5);
    handedOver(handovers, 3, 6);
    expect(handovers.wasHanded(1, 5)).toBe('maybe');
    expect([handovers.wasHanded(2, 4), handovers.wasHanded(9, 4), handovers.wasHanded(9, 5)]).toEqual(['maybe', 'maybe', 'no']);
  });
});
