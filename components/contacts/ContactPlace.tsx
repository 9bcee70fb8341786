/** Where a conversation stands in the list, and whether it may call for attention. */
import { FOR_GOOD, isMutedNow, MUTE_SECONDS, mutedWords, spanWords } from '../../lib/ui/choice-words';
import { t } from '../../lib/ui/text';
import type { Choices, ContactView } from '../../lib/ui/views';
import { Picker } from '../parts/Picker';
import { Switch } from '../parts/Switch';
import css from './contacts.module.css';

export interface ContactPlaceProps {
  contact: ContactView;
  nowMs: number;
  onChoose: (choices: Partial<Choices>) => void;
}

export function ContactPlace({ contact, nowMs, onChoose }: ContactPlaceProps) {
  const { isPinned, isArchived, mutedUntilMs } = contact.choices;
  const isMuted = isMutedNow(contact, nowMs);
  const options: (readonly [number, string])[] = [
    [0, t('mute_off')],
    ...MUTE_SECONDS.map((seconds) => [seconds, t('mute_for', spanWords(seconds))] as const),
    [FOR_GOOD, t('mute_for_good')],
  ];
  // One that runs is not as long any more as any on offer.
  if (isMuted && mutedUntilMs !== FOR_GOOD) options.unshift([mutedUntilMs, mutedWords(mutedUntilMs)]);
  const mute = (picked: number) => {
    const isSpan = MUTE_SECONDS.some((seconds) => seconds === picked);
    onChoose({ mutedUntilMs: isSpan ? nowMs + picked * 1000 : picked });
  };
  return (
    <section class={css.choices} aria-label={t('place_title')}>
      <h2 class={css.choicesTitle}>{t('place_title')}</h2>
      <Switch label={t('pin')} isOn={isPinned} onTurn={(on) => onChoose({ isPinned: on })} />
      <Switch label={t('archive')} aside={t('archive_aside')} isOn={isArchived} onTurn={(on) => onChoose({ isArchived: on })} />
      {contact.state !== 'self' && (
        <Picker label={t('notices')} value={isMuted ? mutedUntilMs : 0} options={options} aside={t('mute_aside')} onPick={mute} />
      )}
    </section>
  );
}
