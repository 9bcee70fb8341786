/** The view contract's types, as components may name them. */
export type {
  ContactId,
  ContactState,
  ContactView,
  ConversationView,
  Direct,
  InviteView,
  MessageView,
  ProfileView,
  RelayView,
  Routing,
  StringView,
  View,
  ViewErrorCode,
  VoiceView,
} from '../app/view';
