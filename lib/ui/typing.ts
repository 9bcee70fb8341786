/** Tells a contact that somebody is writing to them: at most every few seconds, and once that it is over. */
import type { ContactId, ViewCommand } from '../app/view';

export interface TypingPorts {
  say(command: ViewCommand): void;
  now(): number;
  mayTell(contactId: ContactId): boolean;
}

export interface Typing {
  /** The text has changed to this. */
  wrote(contactId: ContactId, text: string): void;
  /** Sent, emptied, or left. */
  stopped(): void;
}

const EVERY_MS = 3000;

export function createTyping({ say, now, mayTell }: TypingPorts): Typing {
  let told: { readonly contactId: ContactId; readonly atMs: number } | null = null;

  function stopped(): void {
    if (told) say({ kind: 'typing', contactId: told.contactId, isTyping: false });
    told = null;
  }

  return {
    wrote(contactId, text) {
      if (told && (told.contactId !== contactId || text.trim() === '')) stopped();
      if (text.trim() === '' || !mayTell(contactId)) return;
      if (told && now() - told.atMs < EVERY_MS) return;
      told = { contactId, atMs: now() };
      say({ kind: 'typing', contactId, isTyping: true });
    },
    stopped,
  };
}
