/** How voice on the string stands, and the one or two things to do about it. */
import { t } from '../../lib/ui/text';
import type { VoiceAction, VoiceWords } from '../../lib/ui/words';
import { Button } from '../parts/Button';
import { StateLine } from '../parts/StateLine';
import css from './header.module.css';

const LABELS: Record<VoiceAction, string> = {
  start: 'voice_start',
  mute: 'voice_mute',
  unmute: 'voice_unmute',
  permission: 'voice_permission',
};

export interface VoiceBarProps {
  words: VoiceWords;
  onAction: (action: VoiceAction) => void;
  onStop: () => void;
}

export function VoiceBar({ words, onAction, onStop }: VoiceBarProps) {
  const { action } = words;
  return (
    <section class={css.bar} aria-label={t('voice')}>
      <span class={css.barWords} role="status">
        <StateLine words={words} class={css.barWords} />
      </span>
      <span class={css.barActions}>
        {action && (
          <Button kind="quiet" onPress={() => onAction(action)}>
            {t(LABELS[action])}
          </Button>
        )}
        {words.isOn && (
          <Button kind="quiet" onPress={onStop}>
            {t('voice_stop')}
          </Button>
        )}
      </span>
    </section>
  );
}
