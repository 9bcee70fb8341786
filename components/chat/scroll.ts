/** Where a reader is in a list that grows and is cut at both ends. */
export interface Anchor {
  /** Of the first message that can be seen. */
  readonly id: string;
  /** From the list's upper edge, in pixels. */
  readonly top: number;
}

const END_SLACK_PX = 24;

export function isAtEnd(element: Pick<HTMLElement, 'scrollTop' | 'scrollHeight' | 'clientHeight'>): boolean {
  return element.scrollHeight - element.scrollTop - element.clientHeight <= END_SLACK_PX;
}

function topIn(list: HTMLElement, message: Element): number {
  return message.getBoundingClientRect().top - list.getBoundingClientRect().top;
}

const messagesIn = (list: HTMLElement) => [...list.querySelectorAll<HTMLElement>('article')];

/** Null in an empty list. */
export function anchorIn(list: HTMLElement): Anchor | null {
  const edge = list.getBoundingClientRect().top;
  const first = messagesIn(list).find((message) => message.getBoundingClientRect().bottom > edge);
  return first ? { id: first.dataset.id ?? '', top: topIn(list, first) } : null;
}

/** Of the last message that can be seen to its end; null when there is none. */
export function lastSeenIn(list: HTMLElement): string | null {
  const edge = list.getBoundingClientRect().bottom;
  const last = messagesIn(list).findLast((message) => message.getBoundingClientRect().bottom <= edge);
  return last?.dataset.id ?? null;
}

/** What was read stays where it was, whatever came or went around it. */
export function holdTo(list: HTMLElement, anchor: Anchor | null): void {
  const message = anchor && list.querySelector(`[data-id="${anchor.id}"]`);
  if (message) list.scrollTop += topIn(list, message) - anchor.top;
}

const ABOVE_NEW_PX = 8;

/** Shows what is new from its line on. False when there is none, or when all of it fits below. */
export function leadToNew(list: HTMLElement): boolean {
  const line = list.querySelector('[data-new]');
  if (!line) return false;
  list.scrollTop = list.scrollHeight;
  const above = topIn(list, line);
  if (above >= 0) return false;
  list.scrollTop += above - ABOVE_NEW_PX;
  return true;
}

/** Which message the keys lead to from here; null for a key that leads nowhere. */
export function steppedIn(list: HTMLElement, event: KeyboardEvent): HTMLElement | null {
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return null;
  const messages = messagesIn(list);
  const here = (event.target as HTMLElement).closest('article');
  const at = here ? messages.indexOf(here) : messages.length;
  switch (event.key) {
    case 'ArrowUp':
      return messages[Math.max(at - 1, 0)] ?? null;
    case 'ArrowDown':
      return here ? (messages[Math.min(at + 1, messages.length - 1)] ?? null) : null;
    case 'Home':
      return messages[0] ?? null;
    case 'End':
      return messages.at(-1) ?? null;
    default:
      return null;
  }
}
