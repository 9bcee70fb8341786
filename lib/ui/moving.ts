/** Where in a long conversation this page is: on to earlier and later messages, to one that was found, back to the newest. */
import { computed, signal } from '@preact/signals';
import type { ContactId, ConversationView, ViewCommand } from '../app/view';

/** How far its user looks at this page. */
export interface Sight {
  readonly isVisible: boolean;
  readonly isFocused?: boolean;
}

export interface MovingPorts {
  say(command: ViewCommand): void;
  window(): ConversationView | null;
  sight(): Sight;
  after(delayMs: number, run: () => void): () => void;
}

/** A message to be shown, and marked until it has been. */
export interface Aim {
  readonly contactId: ContactId;
  readonly sequence: number;
}

const MARKED_MS = 3000;

/** The window reaches from before it to after it, whether it is there itself or gone. */
function isWithin(sequence: number, window: ConversationView): boolean {
  const [first, last] = [window.messages[0]?.sequence, window.messages.at(-1)?.sequence];
  const isFrom = !window.hasEarlier || (first !== undefined && first <= sequence);
  return isFrom && (!window.hasLater || (last !== undefined && last >= sequence));
}

export function createMoving(ports: MovingPorts) {
  const isLoadingEarlier = signal(false);
  const isLoadingLater = signal(false);
  const aim = signal<Aim | null>(null);
  let cancelMark: (() => void) | null = null;
  /** Where the first window of a conversation lies; null: at the newest. */
  let opensAt: number | null = null;

  function show(contactId: ContactId, around: number | null): void {
    ports.say({ kind: 'conversation.show', contactId, ...ports.sight(), around });
  }

  function isMissing({ contactId, sequence }: Aim): boolean {
    const window = ports.window();
    return window?.contactId !== contactId || !isWithin(sequence, window);
  }

  /** Where a window that is opened anew must lie; null: at the newest. */
  function around(contactId: ContactId | null): number | null {
    const aimed = aim.peek();
    if (aimed && aimed.contactId === contactId && isMissing(aimed)) return aimed.sequence;
    const window = ports.window();
    if (window?.contactId !== contactId) return opensAt;
    return window.hasLater ? (window.messages.at(-1)?.sequence ?? null) : null;
  }

  return {
    isLoadingEarlier: computed(() => isLoadingEarlier.value),
    isLoadingLater: computed(() => isLoadingLater.value),
    aim: computed(() => aim.value),
    aimAt(next: Aim | null): void {
      cancelMark?.();
      aim.value = next;
    },
    around,
    opens(at: number | null): void {
      opensAt = at;
    },
    /** For a command that opens a window. */
    at(contactId: ContactId | null): { readonly around?: number } {
      const sequence = around(contactId);
      return sequence === null ? {} : { around: sequence };
    },
    /** The window has not come yet in which the message is. */
    isWaiting: () => aim.peek() !== null && isMissing(aim.peek() as Aim),
    /** It stands on the screen: its mark goes after a while. */
    shown(): void {
      cancelMark?.();
      cancelMark = ports.after(MARKED_MS, () => {
        aim.value = null;
      });
    },
    show,
    toNewest(): void {
      const window = ports.window();
      aim.value = null;
      if (window?.hasLater) show(window.contactId, null);
    },
    loadEarlier(): void {
      const window = ports.window();
      const first = window?.messages[0];
      if (!window?.hasEarlier || !first || isLoadingEarlier.peek()) return;
      isLoadingEarlier.value = true;
      ports.say({ kind: 'conversation.earlier', contactId: window.contactId, before: first.sequence });
    },
    loadLater(): void {
      const window = ports.window();
      const last = window?.messages.at(-1);
      if (!window?.hasLater || !last || isLoadingLater.peek()) return;
      isLoadingLater.value = true;
      ports.say({ kind: 'conversation.later', contactId: window.contactId, after: last.sequence });
    },
    loaded(half: 'earlier' | 'later' | 'both'): void {
      if (half !== 'later') isLoadingEarlier.value = false;
      if (half !== 'earlier') isLoadingLater.value = false;
    },
  };
}
