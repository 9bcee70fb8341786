/** Where a reader is in a list that grows at both ends. */
export interface ScrollPosition {
  readonly top: number;
  readonly height: number;
  /** The first message drawn. */
  readonly firstId: string | null;
}

const END_SLACK_PX = 24;

export function isAtEnd(element: Pick<HTMLElement, 'scrollTop' | 'scrollHeight' | 'clientHeight'>): boolean {
  return element.scrollHeight - element.scrollTop - element.clientHeight <= END_SLACK_PX;
}

/** The scroll offset that keeps what was read where it was: only what came in above moves it. */
export function anchored(before: ScrollPosition, after: ScrollPosition): number {
  const grewAbove = before.firstId !== null && before.firstId !== after.firstId;
  return grewAbove ? before.top + after.height - before.height : after.top;
}
