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

/** Null in an empty list. */
export function anchorIn(list: HTMLElement): Anchor | null {
  const messages = [...list.querySelectorAll<HTMLElement>('article')];
  const edge = list.getBoundingClientRect().top;
  const first = messages.find((message) => message.getBoundingClientRect().bottom > edge);
  return first ? { id: first.dataset.id ?? '', top: topIn(list, first) } : null;
}

/** What was read stays where it was, whatever came or went around it. */
export function holdTo(list: HTMLElement, anchor: Anchor | null): void {
  const message = anchor && list.querySelector(`[data-id="${anchor.id}"]`);
  if (message) list.scrollTop += topIn(list, message) - anchor.top;
}
