/** How the last question of each kind went, for the place that asked it. */
import { signal } from '@preact/signals';
import type { ViewErrorCode, ViewResult } from '../app/view';

export type Topic =
  | 'identity'
  | 'relay'
  | 'waiting'
  | 'test'
  | 'invite'
  | 'take'
  | 'answer'
  | 'contact'
  | 'settings'
  | 'notes'
  | 'message'
  | 'forward'
  | 'voice'
  | 'unlock'
  | 'lock'
  | 'passkey'
  | 'profile'
  | 'search';

export type Progress =
  | { readonly kind: 'idle' }
  | { readonly kind: 'pending' }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly code: ViewErrorCode };

const IDLE: Progress = { kind: 'idle' };

export interface ProgressBoard {
  of(topic: Topic): Progress;
  /** Marks the topic pending until `asked` settles; a later question on the same topic takes it over. */
  follow(topic: Topic, asked: Promise<ViewResult>): Promise<ViewResult>;
  clear(): void;
}

export function createProgressBoard(): ProgressBoard {
  const board = signal<Readonly<Partial<Record<Topic, Progress>>>>({});
  const newest = new Map<Topic, Promise<ViewResult>>();
  const write = (topic: Topic, progress: Progress) => {
    board.value = { ...board.peek(), [topic]: progress };
  };
  return {
    of: (topic) => board.value[topic] ?? IDLE,
    async follow(topic, asked) {
      newest.set(topic, asked);
      write(topic, { kind: 'pending' });
      const result = await asked;
      if (newest.get(topic) === asked) write(topic, result.ok ? { kind: 'done' } : { kind: 'failed', code: result.code });
      return result;
    },
    clear() {
      newest.clear();
      board.value = {};
    },
  };
}
