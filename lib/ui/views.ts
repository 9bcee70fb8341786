/** The view contract's types, as components may name them. */

export type {
  ContactId,
  ContactView,
  Direct,
  FoundView,
  HitView,
  InviteView,
  LockView,
  MessageView,
  ProfileView,
  ProtectWish,
  RelayView,
  ReplyView,
  RestoreView,
  Routing,
  StorageView,
  View,
} from '../app/view';
export type { Choices, Expiry, RoutingChoice, Settings } from '../domain/choices';
export type { SettingsPage } from './place';
