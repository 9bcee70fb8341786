/** What can be done with one message, in the order of its menu. */
import type { ContactView, MessageView } from '../app/view';
import type { Delivery } from '../domain/delivery';
import type { IconName } from './words';

export type MessageAction =
  | 'reply'
  | 'react'
  | 'copy'
  | 'edit'
  | 'forward'
  | 'details'
  | 'to-server'
  | 'to-device'
  | 'take-back'
  | 'delete-me'
  | 'delete-everyone';

export interface ActionLook {
  readonly icon: IconName;
  /** Of its words. */
  readonly key: string;
  /** While a message has the focus. */
  readonly shortcut: string | null;
}

export const ACTIONS: Readonly<Record<MessageAction, ActionLook>> = {
  reply: { icon: 'reply', key: 'action_reply', shortcut: 'r' },
  react: { icon: 'smile', key: 'action_react', shortcut: 'x' },
  copy: { icon: 'copy', key: 'action_copy', shortcut: 'c' },
  edit: { icon: 'edit', key: 'action_edit', shortcut: 'e' },
  forward: { icon: 'share', key: 'action_forward', shortcut: 'f' },
  details: { icon: 'info', key: 'action_details', shortcut: 'i' },
  'to-server': { icon: 'held', key: 'action_to_server', shortcut: null },
  'to-device': { icon: 'device', key: 'action_to_device', shortcut: null },
  'take-back': { icon: 'undo', key: 'action_take_back', shortcut: 't' },
  'delete-me': { icon: 'trash', key: 'action_delete_me', shortcut: 'Delete' },
  'delete-everyone': { icon: 'trash', key: 'action_delete_everyone', shortcut: null },
};

/** There is a text to answer, mark or pass on. */
function isThere({ text, deleted }: MessageView): boolean {
  return deleted === null && text !== '';
}

function isGivenUp({ outcome }: Delivery): boolean {
  return outcome?.kind === 'taken-back' || outcome?.kind === 'expired';
}

function canChange({ isMine, delivery }: MessageView): boolean {
  return isMine && !(delivery && (isGivenUp(delivery) || delivery.takeBack != null));
}

function canTakeBack({ isMine, delivery }: MessageView): boolean {
  if (!isMine || !delivery || isGivenUp(delivery)) return false;
  if (delivery.stage !== 'local' && delivery.stage !== 'held') return false;
  return delivery.takeBack !== 'asked' && delivery.takeBack !== 'fetched';
}

function reroute({ isMine, delivery, routing }: MessageView): MessageAction | null {
  if (!isMine || delivery?.stage !== 'local' || isGivenUp(delivery) || delivery.takeBack) return null;
  return routing === 'relay' ? 'to-device' : 'to-server';
}

/** It has left this device, and may be there. */
function canDeleteThere({ isMine, delivery, deleted }: MessageView): boolean {
  if (!isMine || deleted !== null || delivery === null || delivery.outcome?.kind === 'taken-back') return false;
  return delivery.stage !== 'local' || delivery.takeBack === 'fetched';
}

export function actionsFor(message: MessageView, contact: ContactView): readonly MessageAction[] {
  // Not stored yet: nobody could find it.
  if (message.isMine && message.delivery === null && contact.state !== 'self') return ['copy'];
  const has = isThere(message);
  const isOpen = has && !contact.choices.isBlocked;
  const actions: readonly (MessageAction | null | false)[] = [
    isOpen && 'reply',
    isOpen && 'react',
    has && 'copy',
    isOpen && canChange(message) && 'edit',
    has && 'forward',
    'details',
    reroute(message),
    message.deleted === null && canTakeBack(message) && 'take-back',
    'delete-me',
    canDeleteThere(message) && 'delete-everyone',
  ];
  return actions.filter((action) => action !== null && action !== false);
}

/** What a key does on a message that has the focus; null: nothing, or not with this message. */
export function actionOfKey(key: string, message: MessageView, contact: ContactView): MessageAction | null {
  return actionsFor(message, contact).find((action) => ACTIONS[action].shortcut === key) ?? null;
}
