/** What the menus of a conversation hold. */
import { ACTIONS, actionsFor, type MessageAction } from '../../lib/ui/message-menu';
import { routingLabel } from '../../lib/ui/routing-words';
import { inSentence, shortName, t } from '../../lib/ui/text';
import type { ContactView, MessageView, Routing } from '../../lib/ui/views';
import type { MenuItem, MenuSection } from '../parts/Menu';

const QUICK = ['👍', '❤️', '😂', '😮', '😢', '🙏'] as const;

const GRAVE: ReadonlySet<MessageAction> = new Set(['delete-me', 'delete-everyone']);

export interface MessageMenuDoings {
  react(emoji: string): void;
  run(action: MessageAction): void;
}

export function messageMenu(message: MessageView, contact: ContactView, { react, run }: MessageMenuDoings): readonly MenuSection[] {
  const actions = actionsFor(message, contact);
  const mine = message.reactions.mine;
  const quick: readonly MenuItem[] = QUICK.map((emoji) => ({
    id: emoji,
    label: emoji,
    isChosen: emoji === mine,
    onPress: () => react(emoji === mine ? '' : emoji),
  }));
  const item = (action: MessageAction): MenuItem => ({
    id: action,
    label: t(ACTIONS[action].key),
    icon: ACTIONS[action].icon,
    shortcut: ACTIONS[action].shortcut === 'Delete' ? null : ACTIONS[action].shortcut,
    isGrave: GRAVE.has(action),
    onPress: () => run(action),
  });
  return [
    { id: 'quick', title: t('action_react'), isRow: true, items: actions.includes('react') ? quick : [] },
    { id: 'actions', items: actions.filter((action) => !GRAVE.has(action)).map(item) },
    { id: 'delete', items: actions.filter((action) => GRAVE.has(action)).map(item) },
  ];
}

export interface RoutingMenuDoings {
  once(routing: Routing | null): void;
  always(routing: Routing | 'ask'): void;
  settings(): void;
}

export function routingMenu(contact: ContactView, once: Routing | null, doings: RoutingMenuDoings): readonly MenuSection[] {
  const icon = { device: 'device', relay: 'held', ask: 'ask' } as const;
  const { routing } = contact.chosen;
  return [
    {
      id: 'once',
      title: t('routing_menu_once'),
      items: (['device', 'relay'] as const).map((each) => ({
        id: `once-${each}`,
        label: routingLabel(each),
        icon: icon[each],
        isChosen: (once ?? routing) === each,
        onPress: () => doings.once(each === routing ? null : each),
      })),
    },
    {
      id: 'always',
      title: t('routing_menu_always', inSentence(shortName(contact.name))),
      items: (['device', 'relay', 'ask'] as const).map((each) => ({
        id: `always-${each}`,
        label: routingLabel(each),
        icon: icon[each],
        isChosen: routing === each,
        onPress: () => doings.always(each),
      })),
    },
    { id: 'settings', items: [{ id: 'settings', label: t('routing_menu_settings'), icon: 'more', onPress: doings.settings }] },
  ];
}
