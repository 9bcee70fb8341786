/** What relays hold and how they are reached, in words: a result, its cause, and one thing to do. */
import type { ConnectionTestView, ContactView, WaitingView } from '../app/view';
import { countWords } from './storage-words';
import { inSentence, t } from './text';
import { dateAndTime } from './time';
import type { Words } from './words';

/** Beyond this a clock is wrong enough that times in conversations look wrong. */
const CLOCK_MS = 60_000;
const MINUTE_MS = 60_000;

/** Who has not confirmed the new relay yet; null when all have. */
export function movingWords(contacts: readonly ContactView[]): string | null {
  const names = contacts.filter(({ movesTo }) => movesTo !== null).map(({ name }) => inSentence(name));
  if (names.length === 0) return null;
  return t(names.length === 1 ? 'relay_moving_one' : 'relay_moving_many', names.join(', '), countWords(names.length));
}

export function waitingWords({ messages, isCertain }: WaitingView): string {
  const until = dateAndTime(Math.max(...messages.map(({ untilMs }) => untilMs)));
  const words = t(messages.length === 1 ? 'waiting_one' : 'waiting_many', countWords(messages.length), until);
  return isCertain ? words : `${words} ${t('waiting_uncertain')}`;
}

function relayWords({ relay }: ConnectionTestView): Words {
  if (!relay) return { icon: 'alert', tone: 'fail', text: t('test_relay_none') };
  return { icon: 'check', tone: 'plain', text: t('test_relay_ok', countWords(relay.roundTripMs)) };
}

function clockWords(clockAheadMs: number): Words {
  if (Math.abs(clockAheadMs) < CLOCK_MS) return { icon: 'check', tone: 'plain', text: t('test_clock_ok') };
  const minutes = countWords(Math.round(Math.abs(clockAheadMs) / MINUTE_MS));
  return { icon: 'alert', tone: 'held', text: t(clockAheadMs > 0 ? 'test_clock_behind' : 'test_clock_ahead', minutes) };
}

function networkWords(network: ConnectionTestView['network']): Words {
  switch (network) {
    case 'steady':
      return { icon: 'check', tone: 'plain', text: t('test_network_steady') };
    case 'symmetric':
      return { icon: 'alert', tone: 'held', text: t('test_network_symmetric') };
    case 'blocked':
      return { icon: 'alert', tone: 'fail', text: t('test_network_blocked') };
    case 'unasked':
      return { icon: 'alert', tone: 'held', text: t('test_network_unasked') };
    case null:
      return { icon: 'alert', tone: 'fail', text: t('test_network_silent') };
    default:
      return network satisfies never;
  }
}

/** One line for each step that could be taken. */
export function testWords(test: ConnectionTestView): readonly Words[] {
  return test.relay ? [relayWords(test), clockWords(test.relay.clockAheadMs), networkWords(test.network)] : [relayWords(test)];
}
