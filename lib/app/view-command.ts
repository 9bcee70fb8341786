/** The view port's border: what a page sends is checked before it is believed. */
import { BACKUP_BLOCK_BYTES, BACKUP_HEADER_BYTES } from '../protocol/backup-sizes';
import { utf8 } from '../protocol/bytes';
import { MAX_DELETED_IDS, MAX_EMOJI_BYTES } from '../protocol/content-life';
import { isContentId } from './ids';
import type { ViewCommand } from './view';
import type { RestoreCommand } from './view-backup';
import { isExpiry, isSomeChoices, isSomeSettings } from './view-choices';
import type { FrontCommand } from './view-lock';

const MAX_CHARS = 100_000;
const MAX_SECRET_CHARS = 1024;
const MAX_QUERY_CHARS = 256;
const MAX_HITS = 1000;
const MAX_WRONG_TRIES = 1000;
const MAX_IDLE_MINUTES = 24 * 60;
/** WebAuthn's longest credential id. */
const MAX_CREDENTIAL_BYTES = 1023;
/** The salt and the output of an authenticator's pseudorandom function. */
const PRF_BYTES = 32;

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_CHARS;
}

/** A place in a conversation. */
function isPlace(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) >= 0;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isMaybeFlag(value: unknown): boolean {
  return value === undefined || typeof value === 'boolean';
}

function isTries(value: unknown): boolean {
  return isCount(value) && value <= MAX_WRONG_TRIES;
}

function isChoice(value: unknown, ...choices: readonly string[]): boolean {
  return typeof value === 'string' && choices.includes(value);
}

function isSecret(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_SECRET_CHARS;
}

function isSized(value: unknown, least: number, most = least): boolean {
  return value instanceof Uint8Array && value.length >= least && value.length <= most;
}

function isPasskey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { credentialId, salt } = value as { readonly credentialId?: unknown; readonly salt?: unknown };
  return isSized(credentialId, 1, MAX_CREDENTIAL_BYTES) && isSized(salt, PRF_BYTES);
}

function isNewSecret(value: unknown): boolean {
  if (value === null) return true;
  if (typeof value !== 'object') return false;
  const { kind, text } = value as { readonly kind?: unknown; readonly text?: unknown };
  return isChoice(kind, 'pin', 'passphrase') && isSecret(text);
}

function isOfMessage(command: { readonly id: unknown; readonly contactId: unknown; readonly messageId: unknown }): boolean {
  return isContentId(command.id) && isContentId(command.contactId) && isContentId(command.messageId);
}

function isCommand(command: ViewCommand): boolean {
  switch (command.kind) {
    case 'hello':
      return (
        (command.epoch === null || isText(command.epoch)) &&
        isCount(command.revision) &&
        (command.conversation === null || isContentId(command.conversation)) &&
        (command.around === undefined || isPlace(command.around)) &&
        typeof command.isVisible === 'boolean' &&
        isMaybeFlag(command.isFocused)
      );
    case 'identity.create':
      return isContentId(command.id) && isText(command.name);
    case 'relay.set':
      return isContentId(command.id) && isText(command.url) && isText(command.access);
    case 'invite.show':
    case 'invite.cancel':
    case 'notes.open':
    case 'clock.believe':
    case 'relay.look':
    case 'relay.test':
    case 'storage.look':
      return isContentId(command.id);
    case 'invite.take':
      return isContentId(command.id) && isText(command.text);
    case 'contact.accept':
    case 'contact.direct':
      return isContentId(command.id) && isContentId(command.contactId) && isChoice(command.direct, 'allowed', 'denied');
    case 'contact.decline':
    case 'contact.remove':
    case 'voice.start':
      return isContentId(command.id) && isContentId(command.contactId);
    case 'contact.choose':
      return isContentId(command.id) && isContentId(command.contactId) && isSomeChoices(command.choices);
    case 'settings.choose':
      return isContentId(command.id) && isSomeSettings(command.settings);
    case 'contact.identity':
      return isContentId(command.id) && isContentId(command.contactId) && isText(command.fingerprint);
    case 'message.send':
      return (
        isContentId(command.id) &&
        isContentId(command.contactId) &&
        isText(command.text) &&
        (command.routing === undefined || isChoice(command.routing, 'device', 'relay')) &&
        (command.expiry == null || isExpiry(command.expiry)) &&
        (command.replyTo === undefined || isContentId(command.replyTo))
      );
    case 'message.edit':
      return isOfMessage(command) && isText(command.text);
    case 'message.react':
      return isOfMessage(command) && isText(command.emoji) && utf8(command.emoji).length <= MAX_EMOJI_BYTES;
    case 'message.take-back':
      return isOfMessage(command);
    case 'message.routing':
      return isOfMessage(command) && isChoice(command.routing, 'device', 'relay');
    case 'message.delete':
      return (
        isContentId(command.id) &&
        isContentId(command.contactId) &&
        isChoice(command.scope, 'me', 'everyone') &&
        Array.isArray(command.messageIds) &&
        command.messageIds.length <= MAX_DELETED_IDS &&
        command.messageIds.every(isContentId)
      );
    case 'typing':
      return isContentId(command.contactId) && typeof command.isTyping === 'boolean';
    case 'conversation.show':
      return (
        (command.contactId === null || isContentId(command.contactId)) &&
        (command.around == null || isPlace(command.around)) &&
        typeof command.isVisible === 'boolean' &&
        isMaybeFlag(command.isFocused)
      );
    case 'conversation.earlier':
      return isContentId(command.contactId) && isPlace(command.before);
    case 'conversation.later':
      return isContentId(command.contactId) && isPlace(command.after);
    case 'search.find':
      return (
        isContentId(command.id) &&
        isText(command.text) &&
        command.text.length <= MAX_QUERY_CHARS &&
        (command.contactId === null || isContentId(command.contactId)) &&
        isCount(command.limit) &&
        command.limit <= MAX_HITS
      );
    case 'conversation.read':
      return isContentId(command.contactId) && isPlace(command.upTo);
    case 'conversation.mark':
      return isContentId(command.id) && isContentId(command.contactId) && isChoice(command.mark, 'unread', 'opened', 'read');
    case 'hint.known':
      return isContentId(command.id) && isChoice(command.hint, 'expiry', 'device');
    case 'draft.save':
      return (
        isContentId(command.id) &&
        isContentId(command.contactId) &&
        isText(command.text) &&
        (command.replyTo == null || isContentId(command.replyTo)) &&
        (command.edits == null || isContentId(command.edits)) &&
        (command.under === undefined || isText(command.under))
      );
    case 'backup.start':
      return isContentId(command.id) && isSecret(command.passphrase);
    case 'backup.next':
    case 'backup.stop':
    case 'restore.hold':
    case 'restore.keep':
    case 'restore.stop':
      return isContentId(command.id);
    case 'restore.start':
      return (
        isContentId(command.id) &&
        isSecret(command.passphrase) &&
        isCount(command.sizeBytes) &&
        isSized(command.header, 0, BACKUP_HEADER_BYTES)
      );
    case 'restore.next':
      return isContentId(command.id) && isSized(command.block, 0, BACKUP_BLOCK_BYTES);
    case 'lock.unlock':
      return isContentId(command.id) && isSecret(command.secret);
    case 'lock.now':
    case 'lock.wipe':
    case 'profile.remove':
      return isContentId(command.id);
    case 'lock.auto':
      return isContentId(command.id) && isCount(command.minutes) && command.minutes >= 1 && command.minutes <= MAX_IDLE_MINUTES;
    case 'lock.passkey':
      return isContentId(command.id) && isSized(command.credentialId, 1, MAX_CREDENTIAL_BYTES) && isSized(command.output, PRF_BYTES);
    case 'lock.passkey-add':
      return isContentId(command.id) && isSecret(command.current) && isPasskey(command.passkey) && isSized(command.output, PRF_BYTES);
    case 'lock.passkey-remove':
      return isContentId(command.id) && isSecret(command.current);
    case 'lock.protect':
      return isContentId(command.id) && isSecret(command.current) && isTries(command.wipeAfter) && isNewSecret(command.secret);
    case 'profile.select':
      return isContentId(command.id) && isText(command.profileId);
    case 'profile.add':
      return isContentId(command.id) && isText(command.label);
    case 'profile.rename':
      return isContentId(command.id) && isText(command.profileId) && isText(command.label);
    case 'voice.stop':
      return isContentId(command.contactId);
    case 'voice.mute':
      return typeof command.isMuted === 'boolean';
    default:
      command satisfies never;
      return false;
  }
}

/** Null when the frame is not a command in every field. */
export function readViewCommand(frame: unknown): ViewCommand | null {
  if (typeof frame !== 'object' || frame === null) return null;
  const command = frame as ViewCommand;
  return isCommand(command) ? command : null;
}

export function isFrontCommand(command: ViewCommand): command is FrontCommand {
  return command.kind.startsWith('lock.') || command.kind.startsWith('profile.');
}

export function isRestoreCommand(command: ViewCommand): command is RestoreCommand {
  return command.kind.startsWith('restore.');
}

/** The id a refused frame wants its result under, if it has one. */
export function idOf(frame: unknown): string | null {
  const id = typeof frame === 'object' && frame !== null ? (frame as { id?: unknown }).id : null;
  return isContentId(id) ? id : null;
}
