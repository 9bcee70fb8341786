/** The view contract's types, as components may name them. */
export type {
  ContactId,
  ContactView,
  Direct,
  InviteView,
  LockView,
  MessageView,
  ProfileView,
  ProtectWish,
  RelayView,
  RestoreView,
  Routing,
  View,
} from '../app/view';
export type { SettingsPage } from './place';
