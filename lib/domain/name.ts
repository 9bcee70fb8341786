/** Names that others chose. */

// Control characters, and those that reorder or hide text.
const UNSAFE = /[\p{Cc}\p{Bidi_Control}\u200b\u2060\ufeff]/gu;

/** A contact's name as it may stand alone in a page, or in a notice. */
export function safeName(name: string): string {
  return name.replace(UNSAFE, ' ').replace(/\s+/gu, ' ').trim() || '?';
}
