/** Tries the way to the relay and out of this network, and says what it found. */
import { useId } from 'preact/hooks';
import type { RelayControl } from '../../lib/ui/relay-control';
import { testWords } from '../../lib/ui/relay-words';
import { t } from '../../lib/ui/text';
import { Button } from '../parts/Button';
import { FailureNotice } from '../parts/Notice';
import { StateLine } from '../parts/StateLine';
import css from './settings.module.css';

export function ConnectionTest({ control }: { control: RelayControl }) {
  const id = useId();
  const test = control.test.value;
  const progress = control.testProgress.value;
  const isPending = progress.kind === 'pending';
  return (
    <section class={css.section} aria-labelledby={id}>
      <h2 class={css.title} id={id}>
        {t('test')}
      </h2>
      <p class={css.aside}>{t('test_aside')}</p>
      <div role="status" class={css.section}>
        {isPending && <p>{t('test_running')}</p>}
        {test && testWords(test).map((words) => <StateLine key={words.text} words={words} class={css.state} />)}
      </div>
      <FailureNotice progress={progress} />
      <Button kind="quiet" isDisabled={isPending} onPress={() => void control.runTest()}>
        {t('test_run')}
      </Button>
    </section>
  );
}
