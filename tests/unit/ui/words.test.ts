import { beforeAll, describe, expect, it } from 'vitest';
import messages from '../../../components/public/_locales/en/messages.json';
import type { StringCause } from '../../../lib/app/view';
import type { Delivery } from '../../../lib/domain/delivery';
import { avatarColour, groupedFingerprint, initials } from '../../../lib/ui/avatar';
import { expiryWords, spanWords } from '../../../lib/ui/choice-words';
import { countdown } from '../../../lib/ui/countdown';
import { deliveryWords, goneWords, messageWords, timeline } from '../../../lib/ui/delivery-words';
import { actionsFor } from '../../../lib/ui/message-menu';
import { routingWords } from '../../../lib/ui/routing-words';
import { inSentence, safeName, setWording, shortName } from '../../../lib/ui/text';
import { dayHeading, isoTime, isSameDay, timeOfDay, whenShort } from '../../../lib/ui/time';
import type { ContactView, MessageView } from '../../../lib/ui/views';
import { meetsDirectly, relayWords, rowWords, stringWords, voiceOf, voiceWords } from '../../../lib/ui/words';
import { at, JUN, MARA, mine, NOW_MS, theirs } from '../../support/preview/people';

const table: Readonly<Record<string, { message: string }>> = messages;

beforeAll(() => {
  setWording({
    getMessage: (key, given) => table[key]?.message.replace(/\$(\d)/gu, (_, place) => given[Number(place) - 1] ?? '') ?? '',
    language: 'en-GB',
  });
});

const away = (more: Partial<ContactView> = {}): ContactView => ({ ...JUN, ...more });
const here = (more: Partial<ContactView> = {}): ContactView => ({ ...MARA, ...more });
const CLOSED = { kind: 'closed' } as const;

describe('the state line under a message', () => {
  const sent = (delivery: Delivery, more: Partial<MessageView> = {}) => ({ ...mine(1, 'hello', NOW_MS, delivery), ...more });
  const words = (delivery: Delivery, contact = JUN) => deliveryWords(sent(delivery), delivery, contact);
  const local = (contact: ContactView, more: Partial<MessageView> = {}) => {
    const delivery = { stage: 'local' } as const;
    return deliveryWords(sent(delivery, more), delivery, contact).text;
  };

  it('says what will move a message that is still on this device', () => {
    expect(local(away())).toBe('On this device · goes when Jun is online');
    expect(local(away({ state: 'requested' }))).toBe('On this device · goes when Jun accepts');
    expect(local(away(), { routing: 'relay' })).toBe('On this device · goes to the server next');
    expect(local(away({ direct: { mine: 'denied', theirs: 'allowed' } }))).toBe('On this device · no direct connection');
    expect(local(here({ string: CLOSED }))).toBe('On this device · connecting');
    expect(local(here())).toBe('On this device · going now');
  });

  it('gives the day a held message is deleted, and the time of a receipt', () => {
    expect(words({ stage: 'held', heldUntilMs: at(10, 0, -7) })).toMatchObject({
      tone: 'held',
      text: 'Held on server, sealed · deleted 28\u00a0Nov',
      action: { does: 'take-back' },
    });
    expect(words({ stage: 'delivered', deliveredAtMs: NOW_MS }).text).toMatch(/^Delivered · \d\d:\d\d$/u);
    expect(words({ stage: 'read', readAtMs: NOW_MS })).toMatchObject({ icon: 'checks', tone: 'direct' });
  });

  it('says what became of taking it back, and what can be done', () => {
    const held = { stage: 'held', heldUntilMs: at(10, 0, -7) } as const;
    expect(words({ ...held, takeBack: 'asked' })).toMatchObject({ text: 'Taking back…', action: null });
    expect(words({ ...held, takeBack: 'fetched' })).toMatchObject({ text: 'Jun may have it already', action: { does: 'delete-everyone' } });
    expect(words({ ...held, takeBack: 'unanswered' })).toMatchObject({ action: { does: 'take-back', key: 'try_again' } });
    expect(words({ ...held, outcome: { kind: 'taken-back', atMs: at(10, 5) } }).text).toBe('Taken back · 10:05');
    // It was on its way over a string: it waits for nothing, and goes nowhere.
    const onItsWay = { stage: 'local', takeBack: 'fetched' } as const;
    expect(words(onItsWay)).toMatchObject({ text: 'Jun may have it already', action: { does: 'delete-everyone' } });
    expect(actionsFor(sent(onItsWay), JUN)).toContain('delete-everyone');
    expect(actionsFor(sent(onItsWay), JUN)).not.toContain('to-server');
  });

  it('names why the server does not take it, and one thing to do', () => {
    for (const cause of ['queue-gone', 'queue-full'] as const) {
      const failed = words({ stage: 'local', outcome: { kind: 'failed', cause, atMs: NOW_MS } });
      expect(failed).toMatchObject({ icon: 'alert', tone: 'fail' });
      expect(failed.text).toMatch(/^Not sent: .+ · ask Jun .+$/u);
    }
  });

  it('does not call a message deleted there before their device has said so', () => {
    const gone = sent({ stage: 'read', readAtMs: NOW_MS }, { text: '', deleted: { atMs: NOW_MS, confirmedAtMs: null } });
    expect(messageWords(gone, JUN)?.text).toBe('Deleted here · goes to Jun’s device next');
    expect(messageWords({ ...gone, deleted: { atMs: 0, confirmedAtMs: at(10, 5) } }, JUN)?.text).toBe('Deleted on both devices · 10:05');
    expect(goneWords(gone, JUN)).toBe('You deleted this message');
  });

  it('is missing under what they wrote, and under a note', () => {
    expect(messageWords(theirs(1, 'hello', NOW_MS), JUN)).toBeNull();
    expect(messageWords({ ...mine(1, 'note', NOW_MS, { stage: 'local' }), delivery: null }, away({ state: 'self' }))).toBeNull();
  });
});

describe('the details of a message', () => {
  it('tell everything that happened to it, in order of time', () => {
    const delivery: Delivery = {
      ...{ stage: 'read', heldAtMs: at(10, 1), heldUntilMs: at(10, 1, -7), deliveredAtMs: at(10, 2), readAtMs: at(10, 4) },
    };
    const message = { ...mine(1, 'hello', at(10, 0), delivery), editedAtMs: at(10, 3) };
    expect(timeline(message, JUN).map(({ text }) => text)).toEqual([
      'You wrote it',
      'Stored on this device',
      'Held on the server, sealed, until 28\u00a0Nov\u00a02026 at the latest',
      'Delivered: their device has it',
      'Changed last',
      'Read',
    ]);
  });

  it('end with what is still open', () => {
    const delivery: Delivery = { stage: 'held', heldAtMs: at(10, 1), heldUntilMs: at(10, 1, -7), takeBack: 'fetched' };
    expect(timeline(mine(1, 'hello', at(10, 0), delivery), JUN).at(-1)?.text).toBe('Jun may have it already');
  });
});

describe('how long messages stay', () => {
  it('is said in the largest unit that fits', () => {
    expect([30, 300, 3600, 28_800, 86_400, 604_800, 2_419_200, 90].map(spanWords)).toEqual([
      '30 seconds',
      '5 minutes',
      '1 hour',
      '8 hours',
      '1 day',
      '1 week',
      '4 weeks',
      '90 seconds',
    ]);
    expect(expiryWords({ seconds: 86_400, base: 'read' })).toBe('1 day after reading');
  });

  it.each([
    [90_000_000, 'vanishes in 2\u00a0days', 3_600_000],
    [86_400_000, 'vanishes in 24\u00a0hrs', 3_600_000],
    [61_000, 'vanishes in 2\u00a0mins', 1000],
    [60_000, 'vanishes in 60\u00a0secs', 1000],
    [1500, 'vanishes in 2\u00a0secs', 500],
    [1, 'vanishes in 1\u00a0sec', 1],
    [-5, 'vanishes in 1\u00a0sec', 1],
  ])('with %d ms left reads %s, until its words change', (leftMs, text, nextInMs) => {
    expect(countdown(leftMs)).toEqual({ text, nextInMs });
  });
});

describe('the string', () => {
  it('shows the round trip, at least one millisecond', () => {
    expect(stringWords(here(), NOW_MS)).toBe('direct · 24 ms');
    expect(stringWords(here({ string: { kind: 'open', sinceMs: 0, rttMs: 0.3 } }), NOW_MS)).toBe('direct · 1 ms');
    expect(stringWords(here({ string: { kind: 'open', sinceMs: 0, rttMs: null } }), NOW_MS)).toBe('direct');
  });

  it('says whose choice it is not to connect directly', () => {
    expect(stringWords(here({ string: CLOSED, direct: { mine: 'denied', theirs: 'denied' } }), NOW_MS)).toBe('not directly: your choice');
    expect(stringWords(here({ string: CLOSED, direct: { mine: 'allowed', theirs: 'denied' } }), NOW_MS)).toBe(
      'not directly: Mara’s choice',
    );
  });

  it('speaks of absence rather than of a failed try when the contact is away', () => {
    const failed = { kind: 'failed', cause: 'no-answer', atMs: NOW_MS } as const;
    expect(stringWords(away({ string: failed, lastSeenMs: null }), NOW_MS)).toBe('not seen yet');
    expect(stringWords(here({ string: failed }), NOW_MS)).toBe('Mara’s browser did not answer · ask them to open Tincan again');
  });

  const CAUSES: Record<StringCause, true> = {
    'no-answer': true,
    'no-path': true,
    'udp-blocked': true,
    'udp-blocked-theirs': true,
    'stun-silent': true,
    'symmetric-nats': true,
  };
  const causes = Object.keys(CAUSES) as StringCause[];

  it('gives each cause words of its own with one thing to do, and keeps them while the next try runs', () => {
    const words = causes.map((cause) => stringWords(here({ string: { kind: 'failed', cause, atMs: NOW_MS } }), NOW_MS));
    expect(new Set(words).size).toBe(causes.length);
    for (const text of words) expect(text).toMatch(/^.+ · (try|ask) .+$/u);
    const again = causes.map((after) => stringWords(here({ string: { kind: 'opening', sinceMs: NOW_MS, after } }), NOW_MS));
    expect(again).toEqual(words);
    expect(stringWords(here({ string: { kind: 'opening', sinceMs: NOW_MS, after: null } }), NOW_MS)).toBe('connecting…');
  });

  it('without a path, says that messages stay', () => {
    const cutOff = here({ string: { kind: 'failed', cause: 'symmetric-nats', atMs: NOW_MS } });
    expect(messageWords(mine(1, 'hello', NOW_MS, { stage: 'local' }), cutOff)?.text).toBe('On this device · no direct connection');
    expect(routingWords(cutOff, null).when).toBe('There is no direct path to Mara:');
    expect(routingWords({ ...cutOff, presence: 'offline' }, null).when).toBe('Mara is offline:');
  });
});

describe('routing words above the composer', () => {
  it('say on what it depends, and what was chosen', () => {
    const chosen = (routing: 'relay' | 'ask') => away({ chosen: { ...JUN.chosen, routing } });
    expect(routingWords(away(), null)).toMatchObject({ when: 'Jun is offline:', choice: { icon: 'device', text: 'Keep on my device' } });
    expect(routingWords(here(), null).when).toBe('If Mara goes offline:');
    expect(routingWords(away({ direct: { mine: 'allowed', theirs: 'denied' } }), null).when).toBe('You and Jun don’t connect directly:');
    expect(routingWords(chosen('relay'), null).choice).toMatchObject({ tone: 'held', text: 'May wait on server' });
    expect(routingWords(chosen('ask'), null).choice?.text).toBe('Ask every time');
    expect(routingWords(chosen('relay'), 'device').choice).toMatchObject({ tone: 'plain', text: 'Keep on my device · this message' });
  });

  it('offer no choice where there is none', () => {
    const sentence = 'Waiting for Jun to accept. What you write waits on this device.';
    expect(routingWords(away({ state: 'requested' }), null)).toEqual({ when: sentence, choice: null });
    expect(routingWords(away({ changedFingerprint: 'ab' }), null).choice).toBeNull();
  });

  it('count a choice that is not known yet as no refusal', () => {
    expect(meetsDirectly(away({ direct: { mine: 'allowed', theirs: null } }))).toBe(true);
    expect(meetsDirectly(away({ direct: { mine: null, theirs: 'allowed' } }))).toBe(false);
  });
});

describe('a row in the list', () => {
  it('shows what waits instead of its text, and the text once the string is up', () => {
    expect(rowWords(JUN)).toMatchObject({ icon: 'device', text: 'Waiting on this device' });
    expect(rowWords({ ...JUN, string: { kind: 'open', sinceMs: 0, rttMs: null } }).text).toBe('You: Meeting moved to 18:00');
  });

  it('shows a draft, unless something unread is there', () => {
    expect(rowWords({ ...MARA, draft: 'abc' }).text).toBe('Draft: abc');
    expect(rowWords({ ...MARA, draft: 'abc', unread: 1 }).text).toBe('On the string now. Call?');
  });
});

describe('the relay bar', () => {
  const offline = (cause: 'unreachable' | 'refused' | 'draining' | 'replaced') =>
    relayWords({ kind: 'offline', url: 'wss://relay.home.example/x', cause, retryAtMs: NOW_MS }, 0);

  it('names the host and what waits', () => {
    const open = { kind: 'open', url: 'wss://relay.home.example/x' } as const;
    expect(relayWords(open, 0).text).toBe('Connected to relay.home.example · nothing waiting');
    expect(relayWords(open, 3).text).toBe('Connected to relay.home.example · 3 waiting on this device');
  });

  it('offers to try again, except where trying would take the connection from the other place', () => {
    expect(offline('unreachable').action).toBe('retry');
    expect(offline('replaced').action).toBe('use-here');
  });
});

describe('voice', () => {
  it('has nothing to say while both are silent', () => {
    expect(voiceWords(MARA, { kind: 'off' })).toBeNull();
    expect(voiceWords(here({ theirVoice: true }), { kind: 'off' })).toMatchObject({ action: 'start', isOn: false });
  });

  it('does not say that a muted user is heard', () => {
    const words = (isMuted: boolean) => voiceWords(MARA, { kind: 'on', isMuted, hearsThem: true });
    expect(words(true)).toMatchObject({ text: 'You are muted · you hear Mara', action: 'unmute' });
    expect(words(false)).toMatchObject({ text: 'Voice on · you and Mara hear each other', action: 'mute' });
  });

  it('shows a capture that failed here until voice is on', () => {
    const failure = { contactId: MARA.id, cause: 'permission' } as const;
    expect(voiceOf(MARA, failure)).toEqual({ kind: 'failed', cause: 'permission' });
    expect(voiceOf(JUN, failure)).toEqual({ kind: 'off' });
    const on = { kind: 'on', isMuted: false, hearsThem: true } as const;
    expect(voiceOf(here({ voice: on }), failure)).toEqual(on);
  });
});

describe('names', () => {
  it('lose what could reorder or hide the words around them', () => {
    expect(safeName('Eve\u202eadmin\n\u200b')).toBe('Eve admin');
    expect(safeName('\u2066\u2069')).toBe('?');
  });

  it('are isolated in a sentence when they read right to left', () => {
    expect(inSentence('כהן')).toBe('\u2068כהן\u2069');
    expect(inSentence('Mara')).toBe('Mara');
  });

  it('are short in a sentence, but not as a bare abbreviation', () => {
    expect(shortName('Mara Okafor')).toBe('Mara');
    expect(shortName('Dr. Okafor')).toBe('Dr. Okafor');
  });

  it('give whole letters as initials', () => {
    expect(initials('mara okafor')).toBe('MO');
    expect(initials('Ana')).toBe('A');
    expect(initials('👩‍👩‍👧 Ünal')).toBe('👩‍👩‍👧Ü');
  });

  it('get their colour from the key', () => {
    expect(avatarColour('0000aaaa')).not.toBe(avatarColour('0001aaaa'));
    expect(groupedFingerprint('4be1907fa2')).toBe('4be1 907f a2');
  });
});

describe('times', () => {
  it('shrink with distance: time, weekday, date', () => {
    expect(whenShort(at(9, 5), NOW_MS)).toMatch(/^\d\d:\d\d$/u);
    expect(whenShort(at(9, 5, 4), NOW_MS)).toBe('Tue');
    expect(whenShort(at(9, 5, 30), NOW_MS)).toBe('22\u00a0Oct');
  });

  it('name today and yesterday', () => {
    expect(dayHeading(NOW_MS, NOW_MS)).toBe('Today');
    expect(dayHeading(NOW_MS - 86_400_000, NOW_MS)).toBe('Yesterday');
    expect(dayHeading(at(9, 5, 400), NOW_MS)).toContain('2025');
  });

  it('of a message from a contact who lies about its own never keep the conversation from being shown', () => {
    const lie = Number.MAX_SAFE_INTEGER;
    expect(timeOfDay(lie)).toMatch(/^\d\d:\d\d$/u);
    expect(dayHeading(lie, NOW_MS)).toContain('275760');
    expect(isoTime(lie)).toContain('+275760');
    expect(isSameDay(lie, lie)).toBe(true);
  });
});
