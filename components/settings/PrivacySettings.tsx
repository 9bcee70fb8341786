/** What contacts are told of this user without a word being written. */
import { t } from '../../lib/ui/text';
import { FailureNotice } from '../parts/Notice';
import { Switch } from '../parts/Switch';
import type { ChosenSettingsProps } from './MessageSettings';
import css from './settings.module.css';

export function PrivacySettings({ settings, progress, onChoose }: ChosenSettingsProps) {
  const { tellsReading, tellsTyping, tellsPresence } = settings;
  return (
    <section class={css.groups}>
      <p class={css.aside}>{t('settings_for_all')}</p>
      <h2 class={css.title}>{t('privacy_title')}</h2>
      <FailureNotice progress={progress} />
      <Switch
        label={t('tells_reading')}
        aside={t('privacy_reading_aside')}
        isOn={tellsReading}
        onTurn={(on) => onChoose({ tellsReading: on })}
      />
      <Switch
        label={t('tells_typing')}
        aside={t('privacy_typing_aside')}
        isOn={tellsTyping}
        onTurn={(on) => onChoose({ tellsTyping: on })}
      />
      <Switch
        label={t('tells_presence')}
        aside={t('privacy_presence_aside')}
        isOn={tellsPresence}
        onTurn={(on) => onChoose({ tellsPresence: on })}
      />
    </section>
  );
}
