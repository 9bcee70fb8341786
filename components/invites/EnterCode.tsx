/** Somebody's invite, pasted. Taking it uses it up, so a paste alone does nothing. */
import { useState } from 'preact/hooks';
import type { Progress } from '../../lib/ui/progress';
import { t } from '../../lib/ui/text';
import { Button } from '../parts/Button';
import { Field } from '../parts/Field';
import { FailureNotice, Notice } from '../parts/Notice';
import css from './invites.module.css';

export interface EnterCodeProps {
  progress: Progress;
  onTake: (text: string) => void;
}

export function EnterCode({ progress, onTake }: EnterCodeProps) {
  const [text, setText] = useState('');
  const [isAsked, setIsAsked] = useState(false);
  const isPending = progress.kind === 'pending';
  const isEmpty = text.trim() === '';
  const submit = (event: Event) => {
    event.preventDefault();
    if (isPending) return;
    setIsAsked(true);
    if (!isEmpty) onTake(text);
  };
  return (
    <form class={css.panel} onSubmit={submit}>
      <p class={css.aside}>{t('enter_explain')}</p>
      <Field label={t('enter_label')} value={text} onInput={setText} rows={5} maxLength={4000} takesFocus />
      {isAsked && isEmpty && <Notice text={t('enter_empty')} />}
      <FailureNotice progress={progress} />
      <Button type="submit" isDisabled={isPending}>
        {t(isPending ? 'enter_looking' : 'enter_take')}
      </Button>
    </form>
  );
}
