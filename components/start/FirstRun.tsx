/** The first screen: one input, one button. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Progress } from '../../lib/ui/progress';
import { t } from '../../lib/ui/text';
import { Button } from '../parts/Button';
import { Field } from '../parts/Field';
import { FailureNotice } from '../parts/Notice';
import parts from '../parts/parts.module.css';
import { Cans } from './Cans';
import css from './start.module.css';

export interface FirstRunProps {
  progress: Progress;
  onName: (name: string) => void;
  others: ComponentChildren;
  onRestore: () => void;
}

export function FirstRun({ progress, onName, others, onRestore }: FirstRunProps) {
  const [name, setName] = useState('');
  const isPending = progress.kind === 'pending';
  const submit = (event: Event) => {
    event.preventDefault();
    if (!isPending) onName(name.trim());
  };
  return (
    <main class={`${parts.screen} ${parts.body}`}>
      <div class={css.start}>
        <Cans />
        <h1 class={css.title}>{t('start_title')}</h1>
        <p class={css.aside}>{t('start_explain')}</p>
        <form class={css.form} onSubmit={submit}>
          <Field label={t('start_name')} value={name} onInput={setName} maxLength={64} takesFocus />
          <FailureNotice progress={progress} />
          <Button type="submit" isDisabled={isPending}>
            {t(isPending ? 'start_making' : 'start_make')}
          </Button>
        </form>
        <p class={css.small}>{t('start_later')}</p>
        <Button kind="link" onPress={onRestore}>
          {t('restore_start')}
        </Button>
        {others}
      </div>
    </main>
  );
}
