/** Unlocking by an authenticator. What it gave is sent once, kept until that is answered, and wiped. */
import { computed, signal } from '@preact/signals';
import type { LockView, Passkey, ViewResult } from '../app/view';
import type { Authenticators, PasskeyAnswer, PasskeyRefusal } from '../bus/passkeys';
import type { Topic } from './progress';
import type { Question } from './view-model';

export interface PasskeyPorts {
  readonly authenticators: Authenticators | undefined;
  lock(): LockView | null;
  follow(topic: Topic, asked: Promise<ViewResult>): Promise<ViewResult>;
  say(question: Question): Promise<ViewResult>;
}

export type PasskeyControl = ReturnType<typeof createPasskeyControl>;

export function createPasskeyControl({ authenticators, lock, follow, say }: PasskeyPorts) {
  const isOffered = signal(false);
  void authenticators?.isOffered().then((offers) => {
    isOffered.value = offers;
  });

  async function answered(
    ask: (asked: Authenticators, known: readonly Passkey[]) => Promise<PasskeyAnswer | PasskeyRefusal>,
    questionOf: (answer: PasskeyAnswer) => Question,
  ): Promise<ViewResult> {
    if (!authenticators) return { ok: false, code: 'passkey-refused' };
    const answer = await ask(authenticators, lock()?.passkeys ?? []);
    if (typeof answer === 'string') return { ok: false, code: answer };
    return say(questionOf(answer)).finally(() => answer.output.fill(0));
  }

  return {
    isOffered: computed(() => isOffered.value),
    unlock: () =>
      follow(
        'unlock',
        answered(
          (asked, known) => asked.use(known),
          ({ passkey: { credentialId }, output }) => ({ kind: 'lock.passkey', credentialId, output }),
        ),
      ),
    add: (current: string) =>
      follow(
        'passkey',
        answered(
          (asked, known) => asked.make(known),
          (answer) => ({ kind: 'lock.passkey-add', current, ...answer }),
        ),
      ),
    remove: (current: string) => follow('passkey', say({ kind: 'lock.passkey-remove', current })),
  };
}
