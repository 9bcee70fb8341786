/** What is told outside the pages: how much of it, with a sound or without, and not at night. */
import { minuteWords } from '../../lib/ui/choice-words';
import { t } from '../../lib/ui/text';
import type { Settings } from '../../lib/ui/views';
import { Choices } from '../contacts/Choices';
import { FailureNotice } from '../parts/Notice';
import { Picker } from '../parts/Picker';
import { Switch } from '../parts/Switch';
import type { ChosenSettingsProps } from './MessageSettings';
import css from './settings.module.css';

type Shows = Settings['notify']['shows'];

const STEP_MINUTES = 30;
const DAY_MINUTES = 24 * 60;
const NIGHT = { from: 22 * 60, to: 7 * 60 };

/** Every half hour, and what is chosen whatever it is. */
function minutesOffered(chosen: number): readonly (readonly [number, string])[] {
  const steps = Array.from({ length: DAY_MINUTES / STEP_MINUTES }, (_, step) => step * STEP_MINUTES);
  const minutes = steps.includes(chosen) ? steps : [...steps, chosen].sort((a, b) => a - b);
  return minutes.map((minute) => [minute, minuteWords(minute)]);
}

export function NoticeSettings({ settings, progress, onChoose }: ChosenSettingsProps) {
  const { notify } = settings;
  const { quiet } = notify;
  const change = (changed: Partial<Settings['notify']>) => onChoose({ notify: { ...notify, ...changed } });
  return (
    <section class={css.groups}>
      <FailureNotice progress={progress} />
      <Choices<Shows>
        title={t('notices_shows')}
        choices={[
          { value: 'text', label: t('notices_text'), aside: t('notices_text_aside') },
          { value: 'sender', label: t('notices_sender'), aside: t('notices_sender_aside') },
          { value: 'nothing', label: t('notices_nothing'), aside: t('notices_nothing_aside') },
        ]}
        chosen={notify.shows}
        onChoose={(shows) => change({ shows })}
      />
      <Switch label={t('notices_sound')} isOn={notify.hasSound} onTurn={(hasSound) => change({ hasSound })} />
      <Switch
        label={t('notices_quiet')}
        aside={t('notices_quiet_aside')}
        isOn={quiet !== null}
        onTurn={(isOn) => change({ quiet: isOn ? NIGHT : null })}
      />
      {quiet && (
        <>
          <Picker
            label={t('notices_quiet_from')}
            value={quiet.from}
            options={minutesOffered(quiet.from)}
            onPick={(from) => change({ quiet: { ...quiet, from } })}
          />
          <Picker
            label={t('notices_quiet_to')}
            value={quiet.to}
            options={minutesOffered(quiet.to)}
            onPick={(to) => change({ quiet: { ...quiet, to } })}
          />
        </>
      )}
    </section>
  );
}
