/** A background that lives in the page: holds one view, does at once what a command asks, and fails where a scene says so. */

import type {
  ContactView,
  FoundView,
  MessageView,
  View,
  ViewChannel,
  ViewCommand,
  ViewFrame,
  ViewPatch,
  ViewResult,
} from '../../../lib/app/view';
import { loopback } from '../../../lib/bus/loopback';
import { chosenFor, NO_CHOICES } from '../../../lib/domain/choices';
import { applyPatch } from '../../../lib/ui/view-state';
import { LEE, mine, NOW_MS, theirs, UNLOCKED } from './people';
import type { Scene } from './scene';

type Asked = Exclude<ViewCommand, { kind: 'hello' }>;

const PROFILE_KEY = '4be1907fa2c35d6610b8f37e29cc5a04';
const FOUND = {
  name: 'Noor',
  fingerprint: PROFILE_KEY,
  madeAtMs: NOW_MS - 9 * 86_400_000,
  contacts: 14,
  messages: 10_412,
  span: { fromMs: NOW_MS - 400 * 86_400_000, toMs: NOW_MS - 9 * 86_400_000 },
};
const INVITE = {
  id: 'f'.repeat(32),
  link: 'https://relay.home.example/i#AXm3PzQ0V9c4kTn1sWb7YdHqE2LrJuGx8aZo5FvKiNtRyDw6SbPeMlChOgUjXnQ4v2TsBkWmA7cZrEdYxHuJfLqPi9oN',
  expiresAtMs: NOW_MS + 3 * 86_400_000,
};

export const NOTHING_FOUND: FoundView = { people: [], hits: [], hasMore: false, isPartial: false };

function changed(view: View, contactId: string, more: Partial<ContactView>): readonly ViewPatch[] {
  return view.contacts
    .filter((contact) => contact.id === contactId)
    .map((contact) => ({ kind: 'contact', contact: { ...contact, ...more } }));
}

function accepted(view: View, { contactId, direct }: Extract<Asked, { kind: 'contact.accept' }>): readonly ViewPatch[] {
  const isRequest = view.contacts.some((contact) => contact.id === contactId && contact.state === 'request');
  return changed(view, contactId, { state: isRequest ? 'accepted' : 'requested', direct: { mine: direct, theirs: null } });
}

function shown(scene: Scene, contactId: string | null): readonly ViewPatch[] {
  const stored = scene.conversations?.find((each) => each.contactId === contactId) ?? null;
  const conversation = contactId === null ? null : (stored ?? { contactId, messages: [], hasEarlier: false, hasLater: false });
  return [{ kind: 'conversation', conversation }];
}

function earlier({ contactId, before }: Extract<Asked, { kind: 'conversation.earlier' }>): readonly ViewPatch[] {
  const messages = Array.from({ length: 20 }, (_, index) => before - 20 + index).map((sequence) =>
    theirs(sequence, `Earlier message ${sequence}`, NOW_MS - 86_400_000 + sequence * 60_000),
  );
  return [{ kind: 'earlier', contactId, before, messages, hasEarlier: false }];
}

function muted(view: View, isMuted: boolean): readonly ViewPatch[] {
  return view.contacts.flatMap(({ id, voice }) => (voice.kind === 'on' ? changed(view, id, { voice: { ...voice, isMuted } }) : []));
}

function patchesFor(scene: Scene, view: View, command: Asked): readonly ViewPatch[] {
  switch (command.kind) {
    case 'identity.create':
      return [{ kind: 'profile', profile: { name: command.name, fingerprint: PROFILE_KEY } }];
    case 'invite.show':
      return [{ kind: 'invite', invite: INVITE }];
    case 'invite.cancel':
      return [{ kind: 'invite', invite: null }];
    case 'invite.take':
      return [{ kind: 'contact', contact: LEE }];
    case 'contact.accept':
      return accepted(view, command);
    case 'contact.decline':
    case 'contact.remove':
      return [{ kind: 'contact-gone', contactId: command.contactId }];
    case 'contact.direct':
      return changed(view, command.contactId, { direct: { mine: command.direct, theirs: 'allowed' } });
    case 'contact.choose':
      return chosen(view, command);
    case 'settings.choose':
      return [{ kind: 'settings', settings: { ...view.settings, ...command.settings } }];
    case 'contact.identity':
      return changed(view, command.contactId, { fingerprint: command.fingerprint, changedFingerprint: null });
    case 'conversation.show':
      return shown(scene, command.contactId);
    case 'conversation.earlier':
      return earlier(command);
    case 'conversation.later':
      return [{ kind: 'later', contactId: command.contactId, after: command.after, messages: [], hasLater: false }];
    case 'conversation.read':
      return changed(view, command.contactId, { unread: 0 });
    case 'conversation.mark':
      return changed(view, command.contactId, { isMarkedUnread: command.mark === 'unread', ...(command.mark === 'read' && { unread: 0 }) });
    case 'hint.known':
      return [{ kind: 'hints', hints: [...view.hints, command.hint] }];
    case 'message.send': {
      const sequence = (view.conversation?.messages.at(-1)?.sequence ?? 0) + 1;
      const message = { ...mine(sequence, command.text, NOW_MS, { stage: 'local' }), id: command.id };
      return [{ kind: 'message', contactId: command.contactId, message }];
    }
    case 'message.edit':
      return turned(view, command, (message) => ({ ...message, text: command.text, editedAtMs: NOW_MS }));
    case 'message.react':
      return turned(view, command, (message) => ({ ...message, reactions: { ...message.reactions, mine: command.emoji || null } }));
    case 'message.take-back':
      return turned(view, command, (message) => ({
        ...message,
        delivery: { stage: 'held', outcome: { kind: 'taken-back', atMs: NOW_MS } },
      }));
    case 'message.routing':
      return turned(view, command, (message) => ({ ...message, routing: command.routing }));
    case 'message.delete':
      return command.messageIds.flatMap((messageId) => deleted(view, { ...command, messageId }));
    case 'draft.save':
      return changed(view, command.contactId, {
        draft: command.text,
        draftReplyTo: command.replyTo ?? null,
        draftEdits: command.edits ?? null,
        draftUnder: command.under ?? '',
      });
    case 'voice.start':
      return changed(view, command.contactId, { voice: { kind: 'on', isMuted: false, hearsThem: false } });
    case 'voice.stop':
      return changed(view, command.contactId, { voice: { kind: 'off' } });
    case 'voice.mute':
      return muted(view, command.isMuted);
    case 'relay.set':
      return [{ kind: 'relay', relay: { kind: 'connecting', url: command.url } }];
    case 'notes.open':
    case 'clock.believe':
    case 'typing':
    case 'storage.look':
    case 'relay.look':
    case 'relay.test':
    case 'search.find':
    case 'backup.start':
    case 'backup.next':
    case 'backup.stop':
    case 'restore.start':
    case 'restore.next':
    case 'restore.hold':
    case 'restore.keep':
    case 'restore.stop':
    case 'lock.unlock':
    case 'lock.passkey':
    case 'lock.passkey-add':
    case 'lock.passkey-remove':
    case 'lock.now':
    case 'lock.protect':
    case 'lock.auto':
    case 'lock.wipe':
    case 'profile.select':
    case 'profile.add':
    case 'profile.rename':
    case 'profile.remove':
      return [];
    default:
      return command satisfies never;
  }
}

interface About {
  readonly contactId: string;
  readonly messageId: string;
}

function turned(view: View, { contactId, messageId }: About, turn: (message: MessageView) => MessageView): readonly ViewPatch[] {
  const message = view.conversation?.messages.find(({ id }) => id === messageId);
  return message ? [{ kind: 'message', contactId, message: turn(message) }] : [];
}

function deleted(view: View, about: About & { readonly scope: 'me' | 'everyone' }): readonly ViewPatch[] {
  if (about.scope === 'me') return [{ kind: 'message-gone', contactId: about.contactId, messageId: about.messageId }];
  return turned(view, about, (message) => ({ ...message, text: '', deleted: { atMs: NOW_MS, confirmedAtMs: null } }));
}

function chosen(view: View, { contactId, choices }: Extract<ViewCommand, { kind: 'contact.choose' }>): readonly ViewPatch[] {
  const all = { ...(view.contacts.find(({ id }) => id === contactId)?.choices ?? NO_CHOICES), ...choices };
  return changed(view, contactId, { choices: all, chosen: chosenFor(all, view.settings) });
}

function resultOf(scene: Scene, command: Asked): ViewResult {
  const code = scene.failures?.[command.kind];
  if (code) return { ok: false, code };
  if (command.kind === 'backup.start') return { ok: true, part: { bytes: new Uint8Array(72), isLast: false, share: 0.4 } };
  if (command.kind === 'restore.next') return { ok: true, restore: FOUND };
  if (command.kind === 'relay.look') return { ok: true, waiting: scene.waiting ?? [] };
  if (command.kind === 'relay.test' && scene.test) return { ok: true, test: scene.test };
  if (command.kind === 'search.find') return { ok: true, found: scene.found ?? NOTHING_FOUND };
  return command.kind === 'invite.take' ? { ok: true, contactId: LEE.id } : { ok: true };
}

export function fakeBackground(scene: Scene): () => ViewChannel {
  let { view } = scene;
  let revision = 1;
  return () => {
    const [page, background] = loopback<ViewFrame, ViewCommand>();
    background.onFrame((command) => {
      if (scene.isSilent) return;
      if (command.kind === 'hello') {
        const lock = { ...UNLOCKED, ...scene.lock };
        background.send({ kind: 'lock', lock });
        if (!lock.isLocked) background.send({ kind: 'snapshot', epoch: 'preview', revision, view });
        return;
      }
      const result = resultOf(scene, command);
      const patches = result.ok ? patchesFor(scene, view, command) : [];
      revision += 1;
      view = patches.reduce(applyPatch, view);
      background.send({ kind: 'patch', revision, patches });
      // A backup stays under way.
      if ('id' in command && command.kind !== 'backup.next') background.send({ kind: 'result', id: command.id, result });
    });
    return page;
  };
}
