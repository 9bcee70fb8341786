/** Every command of a page finds its use case. */
import { relayBase } from '../protocol/base-url';
import { isAdmissionRefused, passFrame } from './admission';
import { chooseForContact, chooseSettings } from './choices';
import { acceptContact, createProfile, declineContact, removeContact, setDirect, takeInvite } from './contacts';
import type { Core } from './core';
import { saveDraft } from './drafts';
import { AppError } from './errors';
import { acceptIdentity } from './heal';
import { cancelInvite, showInvite } from './invites';
import { writeText } from './messages';
import { openNotes, writeNote } from './notes';
import { markConversation, markRead } from './reading';
import { keys } from './records';
import { lookAtRelays } from './relay-look';
import { deleteMessages, editText, react } from './said-commands';
import { changeRouting } from './take-back';
import type { ViewCommand, ViewResult } from './view';
import type { RestoreCommand } from './view-backup';
import type { Page } from './view-hub';
import type { FrontCommand } from './view-lock';
import { readEarlier, readLater } from './windows';

async function setRelay(core: Core, typed: string, typedAccess: string): Promise<void> {
  const { journal, lane } = core;
  let url: string;
  try {
    url = relayBase(typed.trim());
  } catch {
    throw new AppError('relay-address');
  }
  const access = typedAccess.trim() || (url === journal.relay ? journal.relayAccess : '');
  await lane.run(() =>
    journal.commit((change) => {
      change.put(keys.relay, { url, access });
      change.after(() => {
        journal.relay = url;
        journal.relayAccess = access;
      });
    }),
  );
  core.relays.use(url);
  core.moves.tend();
  core.relays.closeUnused();
  core.hub.patch([{ kind: 'relay', relay: core.relays.view() }]);
  const pass = passFrame(core, url);
  if (pass && isAdmissionRefused(await core.relays.ask(url, pass))) throw new AppError('relay-password');
}

export async function obey(core: Core, page: Page, command: Exclude<ViewCommand, FrontCommand | RestoreCommand>): Promise<ViewResult> {
  const { lane } = core;
  switch (command.kind) {
    case 'hello':
      await lane.run(() => core.hub.greet(page, command));
      break;
    case 'identity.create':
      await lane.run(() => createProfile(core, command.name));
      core.relays.openAll();
      break;
    case 'relay.set':
      await setRelay(core, command.url, command.access);
      break;
    case 'invite.show':
      core.identity();
      await showInvite(core);
      break;
    case 'invite.cancel':
      await cancelInvite(core);
      break;
    case 'invite.take':
      return { ok: true, contactId: await takeInvite(core, command.text) };
    case 'contact.accept':
      await lane.run(() => acceptContact(core, command.contactId, command.direct));
      break;
    case 'contact.decline':
      await lane.run(() => declineContact(core, command.contactId));
      break;
    case 'contact.direct':
      await lane.run(() => setDirect(core, command.contactId, command.direct));
      break;
    case 'contact.identity':
      await lane.run(() => acceptIdentity(core, command.contactId, command.fingerprint));
      break;
    case 'contact.choose':
      await lane.run(() => chooseForContact(core, command.contactId, command.choices));
      break;
    case 'contact.remove':
      await lane.run(() => removeContact(core, command.contactId));
      break;
    case 'settings.choose':
      await lane.run(() => chooseSettings(core, command.settings));
      break;
    case 'message.send':
      core.relays.hasten();
      await lane.run(() => (core.journal.contacts.get(command.contactId)?.state === 'self' ? writeNote : writeText)(core, command));
      break;
    case 'message.edit':
      await lane.run(() => editText(core, command));
      break;
    case 'message.react':
      await lane.run(() => react(core, command));
      break;
    case 'message.delete':
      await lane.run(() => deleteMessages(core, command));
      break;
    case 'notes.open':
      return { ok: true, contactId: await lane.run(() => openNotes(core)) };
    case 'message.take-back':
      await lane.run(() => core.takeBacks.begin(command.contactId, command.messageId));
      break;
    case 'message.routing':
      core.relays.hasten();
      await lane.run(() => changeRouting(core, command.contactId, command.messageId, command.routing));
      break;
    case 'clock.believe':
      core.expiry.resume();
      break;
    case 'typing':
      core.typing.say(command.contactId, command.isTyping);
      break;
    case 'conversation.show':
      await showConversation(core, page, command);
      break;
    case 'conversation.earlier':
    case 'conversation.later':
      // In the lane: what is stored or deleted meanwhile is told after this, or it would be missing from both, or shown again.
      await lane.run(() => readOn(core, page, command));
      break;
    case 'search.find': {
      const found = await core.search.find(page, command);
      return found ? { ok: true, found } : { ok: true };
    }
    case 'conversation.read':
      while (await lane.run(() => markRead(core, command.contactId, command.upTo)));
      break;
    case 'conversation.mark':
      await markConversation(core, command.contactId, command.mark);
      break;
    case 'hint.known':
      await lane.run(() => core.hints.learn(command.hint));
      break;
    case 'draft.save':
      await lane.run(() => saveDraft(core, command));
      break;
    case 'backup.start':
      return { ok: true, part: await core.backups.start(page, command.passphrase) };
    case 'backup.next':
      return { ok: true, part: await core.backups.next(page) };
    case 'backup.stop':
      core.backups.stop(page);
      break;
    case 'voice.start':
      core.voice.start(command.contactId);
      break;
    case 'voice.stop':
      core.voice.stop(command.contactId);
      break;
    case 'relay.look':
      return { ok: true, waiting: await lookAtRelays(core) };
    case 'relay.test':
      return { ok: true, test: await core.connectionTests.run() };
    case 'storage.look':
      await core.health.look(true);
      break;
    case 'voice.mute':
      core.voice.mute(command.isMuted);
      break;
    default:
      command satisfies never;
  }
  return { ok: true };
}

type ReadOn = Extract<ViewCommand, { kind: 'conversation.earlier' | 'conversation.later' }>;

async function readOn(core: Core, page: Page, command: ReadOn): Promise<void> {
  const { contactId } = command;
  if (command.kind === 'conversation.earlier') {
    const { before } = command;
    const { messages, hasMore } = await readEarlier(core, contactId, before);
    return core.hub.send(page, [{ kind: 'earlier', contactId, before, messages, hasEarlier: hasMore }]);
  }
  const { after } = command;
  const { messages, hasMore } = await readLater(core, contactId, after);
  core.hub.send(page, [{ kind: 'later', contactId, after, messages, hasLater: hasMore }]);
}

async function showConversation(
  core: Core,
  page: Page,
  { contactId, isVisible, isFocused, around }: Extract<ViewCommand, { kind: 'conversation.show' }>,
): Promise<void> {
  const { lane } = core;
  const isOther = page.conversation !== contactId;
  page.isVisible = isVisible;
  page.isFocused = isFocused ?? isVisible;
  if (isOther || around !== undefined) await lane.run(() => core.hub.showConversation(page, contactId, around ?? null));
  if (!contactId || !isVisible) return;
  core.relays.hasten();
  // Whether they are here is asked when it matters: when their chat is looked at.
  if (core.strings.openId(contactId) === null) core.presence.greet(contactId);
  core.strings.consider(contactId);
}
