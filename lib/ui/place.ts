/**
 * Where in the page the user is, and what one step back means.
 *
 *   list ─┬─▶ chat ─┬▶ contact
 *         │         └▶ search ──▶ chat
 *         ├─▶ add ───▶ answer ──▶ chat
 *         ├─▶ answer
 *         └─▶ settings
 */
import type { ContactId, ContactView } from '../app/view';

export type Place =
  | { readonly kind: 'list' }
  | { readonly kind: 'chat'; readonly contactId: ContactId }
  /** The choices made for one contact. */
  | { readonly kind: 'contact'; readonly contactId: ContactId }
  /** Looking through one conversation. */
  | { readonly kind: 'search'; readonly contactId: ContactId }
  /** Somebody's invite or request, waiting for this user's word. */
  | { readonly kind: 'answer'; readonly contactId: ContactId }
  | { readonly kind: 'add'; readonly tab: 'show' | 'enter' }
  /** `page` null: the overview. */
  | { readonly kind: 'settings'; readonly page: SettingsPage | null }
  /** A backup is opened; `isFirst`: before there is anything else. */
  | { readonly kind: 'restore'; readonly isFirst: boolean };

export type SettingsPage = 'messages' | 'privacy' | 'notices' | 'relay' | 'lock' | 'storage' | 'profiles' | 'backup';

export const LIST: Place = { kind: 'list' };

/** One level up; the list is its own. */
export function placeBefore(place: Place): Place {
  if (place.kind === 'settings' && place.page !== null) return { kind: 'settings', page: null };
  if (place.kind === 'restore' && !place.isFirst) return { kind: 'settings', page: 'backup' };
  return place.kind === 'contact' || place.kind === 'search' ? { kind: 'chat', contactId: place.contactId } : LIST;
}

export function placeFor(contact: ContactView): Place {
  const isOpenQuestion = contact.state === 'preview' || contact.state === 'request';
  return { kind: isOpenQuestion ? 'answer' : 'chat', contactId: contact.id };
}

/** A place made true again after contacts changed, in this page or in another. */
export function settlePlace(place: Place, contacts: readonly ContactView[]): Place {
  if (!('contactId' in place)) return place;
  const contact = contacts.find((candidate) => candidate.id === place.contactId);
  if (!contact) return LIST;
  const fitting = placeFor(contact);
  if (fitting.kind === place.kind) return place;
  return (place.kind === 'contact' || place.kind === 'search') && fitting.kind === 'chat' ? place : fitting;
}

/** The conversation this page wants from the background. */
export function conversationAt(place: Place): ContactId | null {
  return place.kind === 'chat' || place.kind === 'contact' || place.kind === 'search' ? place.contactId : null;
}
