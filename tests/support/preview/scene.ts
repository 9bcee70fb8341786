/** What a preview shows, and how it gets there. */
import type { ViewErrorCode } from '../../../lib/app/errors';
import type { ConnectionTestView, ContactView, ConversationView, FoundView, View, ViewCommand, WaitingView } from '../../../lib/app/view';
import type { LockView } from '../../../lib/app/view-lock';
import type { ViewModel } from '../../../lib/ui/view-model';
import { BASE, conversation } from './people';

export interface Scene {
  readonly view: View;
  /** Windows by contact, for going from one conversation to another. */
  readonly conversations?: readonly ConversationView[];
  readonly failures?: Partial<Record<ViewCommand['kind'], ViewErrorCode>>;
  /** In the panel, not the popup. */
  readonly isPanel?: boolean;
  /** The background says nothing at all. */
  readonly isSilent?: boolean;
  /** What every search finds; nothing without it. */
  readonly found?: FoundView;
  /** What relays hold; nothing without it. */
  readonly waiting?: readonly WaitingView[];
  readonly test?: ConnectionTestView;
  readonly lock?: Partial<LockView>;
  /** Steps after the first snapshot; clicks and typing that no action of the model stands for. */
  readonly enter?: (model: ViewModel) => void;
  readonly type?: { readonly selector: string; readonly text: string };
  /** One after the other. */
  readonly click?: string | readonly string[];
  /** Where the menu is asked for. */
  readonly menu?: string;
  /** A key, once. */
  readonly press?: string;
}

export function chat(contact: ContactView, window: ConversationView = conversation(contact, []), view: Partial<View> = {}): Scene {
  return {
    view: { ...BASE, contacts: [contact], conversation: window, ...view },
    conversations: [window],
    enter: (model) => model.goToContact(contact.id),
  };
}
