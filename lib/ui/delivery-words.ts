/** What has become of a message, in words: the line under it, and the lines of its details. */
import type { ContactView, MessageView } from '../app/view';
import type { Delivery, FailureCause, Outcome } from '../domain/delivery';
import { inSentence, shortName, t } from './text';
import { longDate, shortDate, timeOfDay } from './time';
import { type IconName, isCutOff, meetsDirectly, type Words } from './words';

export interface DeliveryWords extends Words {
  /** What can be done about it in one press, and the key of its words. */
  readonly action: { readonly does: 'take-back' | 'delete-everyone'; readonly key: string } | null;
}

const plain = (icon: IconName, text: string): DeliveryWords => ({ icon, tone: 'plain', text, action: null });

const nameOf = (contact: ContactView) => inSentence(shortName(contact.name));

/** Why a message of mine is still here, and what will move it. */
function localWords({ routing }: Pick<MessageView, 'routing'>, contact: ContactView): string {
  const name = nameOf(contact);
  if (contact.state !== 'accepted') return t('state_local_accept', name);
  if (contact.choices.isBlocked) return t('state_local_blocked', name);
  if (contact.changedFingerprint !== null) return t('state_local_key');
  if (contact.string.kind === 'open') return t('state_local_now');
  if (routing === 'relay') return t('state_local_server');
  if (!meetsDirectly(contact) || isCutOff(contact)) return t('state_local_kept');
  return contact.presence === 'online' ? t('state_local_connecting') : t('state_local_online', name);
}

/** It is nowhere but on this device, until both are online. */
export function waitsHere({ isMine, delivery, routing }: MessageView, { string }: ContactView): boolean {
  return isMine && delivery?.stage === 'local' && !delivery.outcome && routing === 'device' && string.kind !== 'open';
}

/** The same as long as a contact's changes say nothing new of messages that are still here. */
export function waitingWords(contact: ContactView): string {
  return `${localWords({ routing: 'device' }, contact)} ${localWords({ routing: 'relay' }, contact)}`;
}

function causeWords(cause: FailureCause, contact: ContactView): string {
  switch (cause) {
    case 'queue-gone':
      return t('state_failed_gone', nameOf(contact));
    case 'queue-full':
      return t('state_failed_full', nameOf(contact));
    default:
      return cause satisfies never;
  }
}

function outcomeWords(outcome: Outcome, contact: ContactView): DeliveryWords {
  switch (outcome.kind) {
    case 'taken-back':
      return plain('undo', t('state_taken_back', timeOfDay(outcome.atMs)));
    case 'expired':
      return plain('clock', t('state_expired', timeOfDay(outcome.atMs)));
    case 'failed':
      return { icon: 'alert', tone: 'fail', text: causeWords(outcome.cause, contact), action: null };
    default:
      return outcome satisfies never;
  }
}

/** Of what was sealed for a string alone no relay is asked, and yet it may be there. */
function heldWords({ stage, takeBack, heldUntilMs }: Delivery, contact: ContactView): DeliveryWords {
  const held = { icon: stage === 'local' ? 'device' : 'held', tone: 'held' } as const;
  switch (takeBack) {
    case 'asked':
      return { ...held, text: t('state_take_back_asked'), action: null };
    case 'fetched':
      return {
        ...held,
        text: t('state_take_back_fetched', nameOf(contact)),
        action: { does: 'delete-everyone', key: 'action_delete_instead' },
      };
    case 'unanswered':
      return { ...held, text: t('state_take_back_unanswered'), action: { does: 'take-back', key: 'try_again' } };
    case null:
    case undefined:
      return { ...held, text: t('state_held', shortDate(heldUntilMs ?? 0)), action: { does: 'take-back', key: 'action_take_back_short' } };
    default:
      return takeBack satisfies never;
  }
}

export function deliveryWords(message: MessageView, delivery: Delivery, contact: ContactView): DeliveryWords {
  if (delivery.outcome) return outcomeWords(delivery.outcome, contact);
  switch (delivery.stage) {
    case 'local':
      return delivery.takeBack ? heldWords(delivery, contact) : plain('device', localWords(message, contact));
    case 'held':
      return heldWords(delivery, contact);
    case 'delivered':
      return plain('check', t('state_delivered', timeOfDay(delivery.deliveredAtMs ?? 0)));
    case 'read':
      return { icon: 'checks', tone: 'direct', text: t('state_read', timeOfDay(delivery.readAtMs ?? 0)), action: null };
    default:
      return delivery.stage satisfies never;
  }
}

/** The line under a message; null under one of theirs, and under a note. */
export function messageWords(message: MessageView, contact: ContactView): DeliveryWords | null {
  const { isMine, delivery, deleted } = message;
  if (!isMine || contact.state === 'self') return null;
  if (deleted?.confirmedAtMs != null) return plain('trash', t('state_deleted', timeOfDay(deleted.confirmedAtMs)));
  if (deleted) return plain('trash', t('state_deleting', nameOf(contact)));
  if (delivery) return deliveryWords(message, delivery, contact);
  return { icon: null, tone: 'plain', text: t('state_saving'), action: null };
}

/** What stands in the place of a text that is no more; null while there is one. */
export function goneWords({ isMine, deleted, text, delivery }: MessageView, contact: ContactView): string | null {
  if (deleted) return isMine ? t('deleted_mine') : t('deleted_theirs', nameOf(contact));
  const isOver = text === '' && delivery?.outcome?.kind === 'expired';
  return isOver ? t('expired_mine', nameOf(contact)) : null;
}

export interface TimelineEntry {
  readonly icon: IconName;
  readonly text: string;
  readonly atMs: number | null;
}

type Entry = TimelineEntry | null;

const entry = (icon: IconName, text: string, atMs: number | null | undefined): Entry => (atMs == null ? null : { icon, text, atMs });

function deliveryEntries(message: MessageView, delivery: Delivery, contact: ContactView): readonly Entry[] {
  const { stage, heldAtMs, heldUntilMs, deliveredAtMs, readAtMs, outcome, takeBack } = delivery;
  const here: Entry = {
    icon: 'device',
    text: stage === 'local' && !outcome && !takeBack ? localWords(message, contact) : t('details_local'),
    atMs: message.sentAtMs,
  };
  const held = heldUntilMs == null ? null : entry('held', t('details_held', longDate(heldUntilMs)), heldAtMs ?? message.sentAtMs);
  const asked: Entry = takeBack ? { icon: 'undo', text: heldWords(delivery, contact).text, atMs: null } : null;
  const arrived = entry('check', t('details_delivered'), deliveredAtMs);
  const seen = entry('checks', t('details_read'), readAtMs);
  return [here, held, asked, arrived, seen, outcome ? outcomeEntry(outcome, contact) : null];
}

function outcomeEntry(outcome: Outcome, contact: ContactView): Entry {
  if (outcome.kind === 'failed') return entry('alert', causeWords(outcome.cause, contact), outcome.atMs);
  const isBack = outcome.kind === 'taken-back';
  return entry(isBack ? 'undo' : 'clock', t(isBack ? 'details_taken_back' : 'details_expired'), outcome.atMs);
}

/** Everything that happened to a message, in order of time. What has no time of its own is last. */
export function timeline(message: MessageView, contact: ContactView): readonly TimelineEntry[] {
  const { isMine, sentAtMs, receivedAtMs, delivery, editedAtMs, deleted, expiresAtMs } = message;
  const all: readonly Entry[] = [
    entry('send', t(isMine ? 'details_written' : 'details_written_theirs', nameOf(contact)), sentAtMs),
    ...(delivery ? deliveryEntries(message, delivery, contact) : []),
    entry('device', t('details_received'), receivedAtMs),
    entry('edit', t('details_edited'), editedAtMs),
    entry('trash', t(isMine ? 'details_deleted_mine' : 'details_deleted_theirs', nameOf(contact)), deleted?.atMs),
    entry('trash', t('details_deleted_confirmed', nameOf(contact)), deleted?.confirmedAtMs),
    entry('clock', t('details_vanishes'), expiresAtMs),
  ];
  const known = all.filter((each) => each !== null);
  return known.sort((a, b) => (a.atMs ?? Number.POSITIVE_INFINITY) - (b.atMs ?? Number.POSITIVE_INFINITY));
}

/** Where it may wait, or might have. */
export function routingOf({ isMine, routing }: MessageView, contact: ContactView): string {
  const who = nameOf(contact);
  if (routing === 'relay') return t(isMine ? 'details_routing_relay' : 'details_routing_relay_theirs', who);
  return t(isMine ? 'details_routing_device' : 'details_routing_device_theirs', who);
}
