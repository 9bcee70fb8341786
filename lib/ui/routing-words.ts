/** Where a message written now will wait, in words: what it depends on, and the choice. */
import type { ContactView, Routing } from '../app/view';
import type { RoutingChoice } from '../domain/choices';
import { inSentence, shortName, t } from './text';
import { type IconName, isCutOff, meetsDirectly } from './words';

export interface RoutingWords {
  /** A whole sentence where there is nothing to choose. */
  readonly when: string;
  readonly choice: { readonly icon: IconName; readonly tone: 'plain' | 'held'; readonly text: string } | null;
}

const CHOICES = {
  device: { icon: 'device', tone: 'plain', key: 'routing_device' },
  relay: { icon: 'held', tone: 'held', key: 'routing_relay' },
  ask: { icon: 'ask', tone: 'plain', key: 'routing_ask' },
} as const satisfies Record<RoutingChoice, unknown>;

function whenKey(contact: ContactView): string {
  if (!meetsDirectly(contact)) return 'routing_when_kept';
  if (isCutOff(contact)) return 'routing_when_no_path';
  return contact.presence === 'offline' ? 'routing_when_away' : 'routing_when_gone';
}

export function routingLabel(routing: RoutingChoice): string {
  return t(CHOICES[routing].key);
}

/** `once`: chosen for the message that is being written; null: as for every message to this contact. */
export function routingWords(contact: ContactView, once: Routing | null): RoutingWords {
  const name = inSentence(shortName(contact.name));
  if (contact.state !== 'accepted') return { when: t('routing_requested', name), choice: null };
  if (contact.changedFingerprint !== null) return { when: t('routing_key'), choice: null };
  const { icon, tone, key } = CHOICES[once ?? contact.chosen.routing];
  const text = once === null ? t(key) : t('routing_once', t(key));
  return { when: t(whenKey(contact), name), choice: { icon, tone, text } };
}
