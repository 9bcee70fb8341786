/** The view contract's types, as components may name them. */
export type {
  ContactId,
  ContactView,
  Direct,
  InviteView,
  MessageView,
  ProfileView,
  RelayView,
  Routing,
  View,
} from '../app/view';
