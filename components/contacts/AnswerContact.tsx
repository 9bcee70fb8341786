/** Somebody's invite before it is used, or somebody's request: who it is, and the user's word. */
import { useRef, useState } from 'preact/hooks';
import type { Progress } from '../../lib/ui/progress';
import { inSentence, safeName, t } from '../../lib/ui/text';
import type { ContactView, Direct } from '../../lib/ui/views';
import { Avatar } from '../parts/Avatar';
import { Button } from '../parts/Button';
import { Fingerprint } from '../parts/Fingerprint';
import { Header } from '../parts/Header';
import { FailureNotice, Notice } from '../parts/Notice';
import parts from '../parts/parts.module.css';
import css from './contacts.module.css';
import { DirectChoice } from './DirectChoice';

export interface AnswerContactProps {
  contact: ContactView;
  progress: Progress;
  onAccept: (direct: Direct) => void;
  onDecline: () => void;
  onBack: () => void;
}

export function AnswerContact({ contact, progress, onAccept, onDecline, onBack }: AnswerContactProps) {
  const [direct, setDirect] = useState<Direct | null>(null);
  const [isAsked, setIsAsked] = useState(false);
  const form = useRef<HTMLFormElement>(null);
  const isRequest = contact.state === 'request';
  const isPending = progress.kind === 'pending';
  const submit = (event: Event) => {
    event.preventDefault();
    if (isPending) return;
    if (direct) return onAccept(direct);
    setIsAsked(true);
    form.current?.querySelector('input')?.focus();
  };
  return (
    <main class={parts.screen}>
      <Header title={t(isRequest ? 'answer_request_title' : 'answer_preview_title')} onBack={onBack} />
      <form class={parts.body} ref={form} onSubmit={submit}>
        <ContactCard contact={contact} />
        <DirectChoice name={contact.name} chosen={direct} onChoose={setDirect} />
        {isAsked && !direct && <Notice text={t('direct_unanswered')} />}
        <FailureNotice progress={progress} />
        <div class={css.actions}>
          <Button kind="quiet" isDisabled={isPending} onPress={onDecline}>
            {t(isRequest ? 'answer_decline' : 'answer_cancel')}
          </Button>
          <Button type="submit" isDisabled={isPending}>
            {t(isRequest ? 'answer_accept' : 'answer_confirm')}
          </Button>
        </div>
      </form>
    </main>
  );
}

function ContactCard({ contact }: { contact: ContactView }) {
  const words = contact.state === 'request' ? 'answer_request' : 'answer_preview';
  return (
    <div class={css.card}>
      <Avatar name={contact.name} fingerprint={contact.fingerprint} size="large" />
      <p class={css.cardName} dir="auto">
        {safeName(contact.name)}
      </p>
      <p>{t(words, inSentence(contact.name))}</p>
      <Fingerprint value={contact.fingerprint} />
      <p class={css.aside}>{t('not_verified_link')}</p>
    </div>
  );
}
