/** Somebody's invite before it is used, or somebody's request: who it is, and the user's word. */
import { useRef, useState } from 'preact/hooks';
import type { Progress } from '../../lib/ui/progress';
import { inSentence, t } from '../../lib/ui/text';
import type { ContactView, Direct } from '../../lib/ui/views';
import { Button } from '../parts/Button';
import { Header } from '../parts/Header';
import { FailureNotice, Notice } from '../parts/Notice';
import parts from '../parts/parts.module.css';
import { ContactCard } from './ContactCard';
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
      <form class={css.answer} ref={form} onSubmit={submit}>
        <div class={parts.body}>
          <ContactCard contact={contact} words={t(isRequest ? 'answer_request' : 'answer_preview', inSentence(contact.name))} />
          <DirectChoice name={contact.name} chosen={direct} onChoose={setDirect} />
        </div>
        <div class={parts.foot}>
          {isAsked && !direct && <Notice text={t('direct_unanswered')} />}
          <FailureNotice progress={progress} />
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
