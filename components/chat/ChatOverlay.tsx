/** What lies over a conversation for a while: one menu or one sheet at a time. It goes with the message it is about. */

import { t } from '../../lib/ui/text';
import type { ViewModel } from '../../lib/ui/view-model';
import type { ContactView, MessageView } from '../../lib/ui/views';
import { later } from '../parts/later';
import { Menu } from '../parts/Menu';
import { ConfirmDelete } from './ConfirmDelete';
import { messageMenu, routingMenu } from './chat-menus';
import { Details } from './Details';
import { ExpirySheet } from './ExpirySheet';
import { Forward } from './Forward';
import { Keys } from './Keys';
import type { MessageActions } from './MessageBubble';

const EmojiPicker = later(async () => (await import('./EmojiPicker')).EmojiPicker);

export type Overlay =
  | { readonly kind: 'menu'; readonly messageId: string; readonly anchor: Element }
  | { readonly kind: 'routing'; readonly anchor: Element }
  | { readonly kind: 'details' | 'react' | 'forward'; readonly messageId: string }
  | { readonly kind: 'delete'; readonly messageId: string; readonly scope: 'me' | 'everyone' }
  | { readonly kind: 'expiry' | 'emoji' | 'keys' };

export interface ChatOverlayProps {
  model: ViewModel;
  contact: ContactView;
  messages: readonly MessageView[] | null;
  overlay: Overlay | null;
  actions: MessageActions;
  onEmoji: (emoji: string) => void;
  onClose: () => void;
}

export function ChatOverlay(props: ChatOverlayProps) {
  const { messages, overlay } = props;
  if (!overlay) return null;
  if (!('messageId' in overlay)) return <OverChat {...props} overlay={overlay} />;
  const message = messages?.find(({ id }) => id === overlay.messageId);
  return message ? <OverMessage {...props} overlay={overlay} message={message} /> : null;
}

type OfChat = Exclude<Overlay, { messageId: string }>;
type OfMessage = Extract<Overlay, { messageId: string }>;

function OverChat({ model, contact, overlay, onEmoji, onClose }: ChatOverlayProps & { overlay: OfChat }) {
  const { chat } = model;
  const { routing, expiry } = chat.composingOf(contact.id);
  switch (overlay.kind) {
    case 'routing': {
      const doings = {
        once: (each: typeof routing) => chat.routeOnce(contact.id, each),
        always(each: 'device' | 'relay' | 'ask') {
          chat.routeOnce(contact.id, null);
          model.choose(contact.id, { routing: each });
        },
        settings: () => model.go({ kind: 'contact', contactId: contact.id }),
      };
      return <Menu label={t('routing_menu')} sections={routingMenu(contact, routing, doings)} anchor={overlay.anchor} onClose={onClose} />;
    }
    case 'expiry':
      return (
        <ExpirySheet
          contact={contact}
          once={expiry}
          asking={{ isExplained: model.view.value?.hints.includes('expiry') ?? true, onExplained: () => model.learn('expiry') }}
          onChoose={(scope, chosen) => {
            chat.expireOnce(contact.id, scope === 'once' ? chosen : undefined);
            if (scope === 'always') model.choose(contact.id, { expiry: chosen ?? 'off' });
          }}
          onClose={onClose}
        />
      );
    case 'emoji': {
      const pick = (emoji: string) => {
        onClose();
        onEmoji(emoji);
      };
      return <EmojiPicker onPick={pick} onClose={onClose} />;
    }
    case 'keys':
      return <Keys onClose={onClose} />;
    default:
      return overlay satisfies never;
  }
}

function OverMessage(props: ChatOverlayProps & { overlay: OfMessage; message: MessageView }) {
  const { model, contact, overlay, message, actions, onClose } = props;
  const { chat } = model;
  switch (overlay.kind) {
    case 'menu': {
      const doings = {
        react: (emoji: string) => actions.react(message, emoji),
        run: (action: Parameters<typeof actions.run>[0]) => actions.run(action, message),
      };
      return <Menu label={t('message_menu')} sections={messageMenu(message, contact, doings)} anchor={overlay.anchor} onClose={onClose} />;
    }
    case 'details':
      return <Details message={message} contact={contact} onClose={onClose} />;
    case 'react': {
      const pick = (emoji: string) => {
        actions.react(message, emoji);
        onClose();
      };
      return <EmojiPicker onPick={pick} onClose={onClose} />;
    }
    case 'forward':
      return (
        <Forward
          message={message}
          contacts={model.contacts.value}
          progress={model.progressOf('forward')}
          onForward={(contactIds, asked) => chat.forward(message, contactIds, asked)}
          onClose={onClose}
        />
      );
    case 'delete': {
      const remove = () => chat.remove(contact.id, message, overlay.scope);
      return <ConfirmDelete scope={overlay.scope} contact={contact} onDelete={remove} onClose={onClose} />;
    }
    default:
      return overlay satisfies never;
  }
}
