/** One purpose: the browser's question about the microphone, which only a visible page may raise. */
import { useState } from 'preact/hooks';
import { t } from '../../lib/ui/text';
import { Button } from '../parts/Button';
import { Notice } from '../parts/Notice';
import css from './permissions.module.css';

export type MicrophoneAnswer = 'ok' | 'permission' | 'no-microphone';

export interface PermissionsPageProps {
  /** Raises the browser's question. */
  askMicrophone: () => Promise<MicrophoneAnswer>;
  onClose: () => void;
}

type Step = 'explain' | 'asking' | MicrophoneAnswer;

export function PermissionsPage({ askMicrophone, onClose }: PermissionsPageProps) {
  const [step, setStep] = useState<Step>('explain');
  const ask = async () => {
    setStep('asking');
    setStep(await askMicrophone());
  };
  return (
    <div class={css.scroll}>
      <main class={css.page}>
        <h1 class={css.title}>{t(step === 'ok' ? 'microphone_ready_title' : 'microphone_title')}</h1>
        <p class={css.aside}>{t(step === 'ok' ? 'microphone_ready' : 'microphone_explain')}</p>
        {step === 'permission' && <Denied />}
        {step === 'no-microphone' && <Notice text={t('microphone_missing')} />}
        {step === 'ok' ? (
          <Button onPress={onClose}>{t('microphone_close')}</Button>
        ) : (
          <Button isDisabled={step === 'asking'} onPress={() => void ask()}>
            {t(step === 'explain' || step === 'asking' ? 'microphone_ask' : 'try_again')}
          </Button>
        )}
      </main>
    </div>
  );
}

function Denied() {
  return (
    <>
      <Notice text={t('microphone_denied')} />
      <ol class={css.steps}>
        <li>{t('microphone_denied_step_1')}</li>
        <li>{t('microphone_denied_step_2')}</li>
        <li>{t('microphone_denied_step_3')}</li>
      </ol>
    </>
  );
}
