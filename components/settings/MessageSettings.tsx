/** What holds for every contact without a choice of their own: where messages may wait, and how long they stay. */
import type { Progress } from '../../lib/ui/progress';
import { t } from '../../lib/ui/text';
import type { RoutingChoice, Settings } from '../../lib/ui/views';
import { Choices } from '../contacts/Choices';
import { ExpiryChoice } from '../parts/ExpiryChoice';
import type { ExpiryAsking } from '../parts/ExpiryQuestion';
import { FailureNotice } from '../parts/Notice';
import css from './settings.module.css';

export interface ChosenSettingsProps {
  settings: Settings;
  progress: Progress;
  onChoose: (settings: Partial<Settings>) => void;
}

export function MessageSettings({ settings, progress, asking, onChoose }: ChosenSettingsProps & { asking: ExpiryAsking }) {
  return (
    <section class={css.groups}>
      <p class={css.aside}>{t('settings_for_all')}</p>
      <FailureNotice progress={progress} />
      <Choices<RoutingChoice>
        title={t('routing_question_all')}
        choices={[
          { value: 'device', label: t('routing_choice_device'), aside: t('routing_all_device_aside') },
          { value: 'relay', label: t('routing_choice_relay'), aside: t('routing_all_relay_aside') },
          { value: 'ask', label: t('routing_choice_ask'), aside: t('routing_choice_ask_aside') },
        ]}
        chosen={settings.routing}
        onChoose={(routing) => onChoose({ routing })}
      />
      <ExpiryChoice
        label={t('expiry_label')}
        value={settings.expiry ?? 'off'}
        asking={asking}
        onChoose={(expiry) => onChoose({ expiry: expiry === 'off' ? null : expiry })}
      />
    </section>
  );
}
