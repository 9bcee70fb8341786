/** What the states mean, in words and one icon. The words say what happens to a message, never how. */

import type { ContactView, RelayView, StringCause, StringView, ViewErrorCode, VoiceView } from '../app/view';
import { inSentence, safeName, shortName, t } from './text';
import { dateAndTime, shortDate, timeOfDay, whenShort } from './time';
import type { CaptureCause } from './voice-control';

export type IconName =
  | 'add'
  | 'archive'
  | 'ban'
  | 'bell-off'
  | 'alert'
  | 'arrow-down'
  | 'ask'
  | 'back'
  | 'check'
  | 'checks'
  | 'copy'
  | 'device'
  | 'edit'
  | 'clock'
  | 'cloud-off'
  | 'forward'
  | 'held'
  | 'info'
  | 'mic'
  | 'mic-off'
  | 'more'
  | 'panel'
  | 'note'
  | 'phone'
  | 'phone-off'
  | 'pin'
  | 'close'
  | 'reply'
  | 'search'
  | 'send'
  | 'share'
  | 'smile'
  | 'trash'
  | 'undo'
  | 'unread';

export type Tone = 'plain' | 'direct' | 'held' | 'fail';

export interface Words {
  readonly icon: IconName | null;
  readonly tone: Tone;
  readonly text: string;
}

/** Neither side has said no, nor is this user hidden from them; the other's word may still be unknown. */
export function meetsDirectly(contact: ContactView): boolean {
  return contact.chosen.tellsPresence && contact.direct.mine === 'allowed' && contact.direct.theirs !== 'denied';
}

/** Why the last try to connect did not; null when it did, or when none has ended. Known as long as the next try has not. */
function failureOf(string: StringView): StringCause | null {
  switch (string.kind) {
    case 'failed':
      return string.cause;
    case 'opening':
      return string.after;
    default:
      return null;
  }
}

/** Both could connect, and there is no way between them. */
export function isCutOff({ presence, string }: ContactView): boolean {
  return presence === 'online' && failureOf(string) !== null;
}

/** The line under a contact's name in the list. */
export function rowWords(contact: ContactView): Words {
  const name = inSentence(shortName(contact.name));
  if (contact.choices.isBlocked) return { icon: 'ban', tone: 'plain', text: t('row_blocked') };
  if (contact.state === 'request') return { icon: 'alert', tone: 'held', text: t('row_request') };
  if (contact.state === 'preview') return { icon: 'alert', tone: 'plain', text: t('row_preview') };
  if (contact.state === 'requested') return { icon: 'clock', tone: 'plain', text: t('row_requested', name) };
  if (contact.draft.trim() !== '' && contact.unread === 0) return { icon: null, tone: 'plain', text: t('row_draft', contact.draft) };
  const { last } = contact;
  if (contact.state === 'self') return { icon: null, tone: 'plain', text: last?.text ?? t('notes_none') };
  if (!last) return { icon: null, tone: 'plain', text: t('row_empty') };
  if (!last.isMine) return { icon: null, tone: 'plain', text: last.text };
  if (last.delivery?.stage === 'held')
    return { icon: 'held', tone: 'held', text: t('row_held', shortDate(last.delivery.heldUntilMs ?? 0)) };
  const isStuck = last.delivery?.stage === 'local' && contact.string.kind !== 'open';
  if (isStuck) return { icon: 'device', tone: 'plain', text: t('row_waiting') };
  return { icon: null, tone: 'plain', text: t('row_mine', last.text) };
}

function awayWords(contact: ContactView, nowMs: number): string {
  return contact.lastSeenMs === null ? t('string_not_seen') : t('string_last_seen', whenShort(contact.lastSeenMs, nowMs));
}

function closedWords(contact: ContactView, nowMs: number): string {
  if (contact.state === 'requested') return t('string_requested');
  if (contact.choices.isBlocked) return t('string_blocked');
  if (!contact.chosen.tellsPresence) return t('string_hidden', inSentence(shortName(contact.name)));
  if (contact.direct.mine !== 'allowed') return t('string_denied_mine');
  if (contact.direct.theirs === 'denied') return t('string_denied_theirs', inSentence(shortName(contact.name)));
  return contact.presence === 'online' ? t('string_closed') : awayWords(contact, nowMs);
}

/** Cause, and what can be done about it. */
const FAILURES: Readonly<Record<StringCause, string>> = {
  'no-answer': 'string_no_answer',
  'no-path': 'string_no_path',
  'udp-blocked': 'string_udp_blocked',
  'udp-blocked-theirs': 'string_udp_blocked_theirs',
  'stun-silent': 'string_stun_silent',
  'symmetric-nats': 'string_symmetric_nats',
};

/** What stands on the string between "You" and the contact. */
export function stringWords(contact: ContactView, nowMs: number): string {
  const { string } = contact;
  const failure = failureOf(string);
  if (isCutOff(contact) && failure !== null) return t(FAILURES[failure], inSentence(shortName(contact.name)));
  switch (string.kind) {
    case 'open':
      return string.rttMs === null ? t('string_open') : t('string_open_rtt', String(Math.max(1, Math.round(string.rttMs))));
    case 'opening':
      return t('string_opening');
    case 'failed':
      return awayWords(contact, nowMs);
    case 'closed':
      return closedWords(contact, nowMs);
    default:
      return string satisfies never;
  }
}

export function isTaut(string: StringView): boolean {
  return string.kind === 'open';
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}

export interface RelayWords extends Words {
  /** What a press on the bar's button would do, if it has one. */
  readonly action: 'retry' | 'use-here' | 'settings' | null;
}

function waitingWords(waiting: number): string {
  return waiting === 0 ? t('relay_nothing_waiting') : t('relay_waiting', String(waiting));
}

/** The bar at the bottom of the list. `waiting` counts messages still on this device. */
export function relayWords(relay: RelayView, waiting: number): RelayWords {
  switch (relay.kind) {
    case 'none':
      return { icon: 'cloud-off', tone: 'held', text: t('relay_none'), action: 'settings' };
    case 'connecting':
      return { icon: 'clock', tone: 'plain', text: t('relay_connecting', hostOf(relay.url)), action: null };
    case 'open':
      return { icon: 'check', tone: 'plain', text: t('relay_open', hostOf(relay.url), waitingWords(waiting)), action: null };
    case 'offline':
      return offlineWords(relay);
    default:
      return relay satisfies never;
  }
}

function offlineWords(relay: Extract<RelayView, { kind: 'offline' }>): RelayWords {
  const host = hostOf(relay.url);
  const at = timeOfDay(relay.retryAtMs);
  switch (relay.cause) {
    case 'replaced':
      return { icon: 'alert', tone: 'held', text: t('relay_replaced'), action: 'use-here' };
    case 'refused':
      return { icon: 'cloud-off', tone: 'fail', text: t('relay_refused', host, at), action: 'retry' };
    case 'draining':
      return { icon: 'cloud-off', tone: 'held', text: t('relay_draining', host, at), action: 'retry' };
    case 'unreachable':
      return { icon: 'cloud-off', tone: 'held', text: t('relay_unreachable', host, at), action: 'retry' };
    default:
      return relay.cause satisfies never;
  }
}

export type VoiceAction = 'start' | 'mute' | 'unmute' | 'permission';

export interface VoiceWords extends Words {
  readonly action: VoiceAction | null;
  /** This user's microphone is open or opening. */
  readonly isOn: boolean;
}

/** Null when there is nothing to say about voice. */
export function voiceWords(contact: ContactView, voice: VoiceView): VoiceWords | null {
  const name = inSentence(shortName(contact.name));
  switch (voice.kind) {
    case 'off':
      if (!contact.theirVoice) return null;
      return { icon: 'mic', tone: 'held', text: t('voice_theirs', name), action: 'start', isOn: false };
    case 'starting':
      return { icon: 'mic', tone: 'plain', text: t('voice_starting'), action: null, isOn: true };
    case 'on': {
      const heard = voice.hearsThem ? t(voice.isMuted ? 'voice_hears' : 'voice_both', name) : t('voice_alone', name);
      if (voice.isMuted) return { icon: 'mic-off', tone: 'held', text: t('voice_muted', heard), action: 'unmute', isOn: true };
      return { icon: 'mic', tone: 'direct', text: t('voice_on', heard), action: 'mute', isOn: true };
    }
    case 'failed':
      return failedVoiceWords(voice.cause, name);
    default:
      return voice satisfies never;
  }
}

function failedVoiceWords(cause: Extract<VoiceView, { kind: 'failed' }>['cause'], name: string): VoiceWords {
  const shape = { icon: 'alert', tone: 'fail', isOn: false } as const;
  switch (cause) {
    case 'permission':
      return { ...shape, text: t('voice_failed_permission'), action: 'permission' };
    case 'no-microphone':
      return { ...shape, text: t('voice_failed_no_microphone'), action: 'start' };
    case 'no-string':
      return { ...shape, text: t('voice_failed_no_string', name), action: 'start' };
    default:
      return cause satisfies never;
  }
}

/** Until when an invite can be used. */
export function inviteExpiryWords(expiresAtMs: number): string {
  return t('invite_expires', dateAndTime(expiresAtMs));
}

/** Cause, and one action that works. */
/** What a profile is called before anything of it is open. */
export function profileLabel(label: string, index: number): string {
  return label === '' ? t('profile_numbered', String(index + 1)) : safeName(label);
}

export function errorWords(code: ViewErrorCode): string {
  return t(`error_${code.replaceAll('-', '_')}`);
}

/** A page that could not capture by itself shows that until voice moves on. */
export function voiceOf(
  contact: ContactView,
  captureFailure: { readonly contactId: string; readonly cause: CaptureCause } | null,
): VoiceView {
  const isMine = captureFailure?.contactId === contact.id && contact.voice.kind !== 'on';
  return isMine ? { kind: 'failed', cause: captureFailure.cause } : contact.voice;
}
