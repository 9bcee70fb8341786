/** After how long messages are deleted, and from when that counts. */
import { useState } from 'preact/hooks';
import { EXPIRY_SECONDS, expiryWords, spanWords } from '../../lib/ui/choice-words';
import { t } from '../../lib/ui/text';
import type { Expiry } from '../../lib/ui/views';
import { type ExpiryAsking, ExpiryQuestion } from './ExpiryQuestion';
import { Picker } from './Picker';

export interface ExpiryChoiceProps {
  label: string;
  /** 'off': messages stay. Null: as the settings say. */
  value: Expiry | 'off' | null;
  /** What the settings say, where they can be followed. */
  settings?: Expiry | null;
  /** Notes to oneself: there is one device, and nobody else to read them. */
  isNotes?: boolean;
  asking: ExpiryAsking;
  onChoose: (value: Expiry | 'off' | null) => void;
}

/** Another time than those on offer stays on offer while it is chosen. */
function secondsOffered(value: ExpiryChoiceProps['value']): readonly number[] {
  if (value === null || value === 'off' || EXPIRY_SECONDS.some((each) => each === value.seconds)) return EXPIRY_SECONDS;
  return [...EXPIRY_SECONDS, value.seconds].sort((a, b) => a - b);
}

export function ExpiryChoice({ label, value, settings, isNotes = false, asking, onChoose }: ExpiryChoiceProps) {
  const [asked, setAsked] = useState<Expiry | null>(null);
  const choose = (chosen: Expiry | 'off' | null) => {
    const isNew = chosen !== null && chosen !== 'off';
    if (isNew && !asking.isExplained) setAsked(chosen);
    else onChoose(chosen);
  };
  const start = (chosen: Expiry) => {
    asking.onExplained();
    onChoose(chosen);
  };
  const isTimed = value !== null && value !== 'off';
  const base = isTimed ? value.base : 'read';
  const options: (readonly [number | 'off' | null, string])[] = [
    ['off', t('expiry_off')],
    ...secondsOffered(value).map((seconds) => [seconds, spanWords(seconds)] as const),
  ];
  if (settings !== undefined) options.unshift([null, t('choice_default', settings ? expiryWords(settings) : t('expiry_off'))]);
  return (
    <>
      <Picker
        label={label}
        value={isTimed ? value.seconds : value}
        options={options}
        aside={t(isNotes ? 'expiry_aside_notes' : 'expiry_aside')}
        onPick={(picked) => choose(typeof picked === 'number' ? { seconds: picked, base } : picked)}
      />
      {asked && (
        <ExpiryQuestion
          words={isNotes ? t('expiry_effect_notes', spanWords(asked.seconds)) : t('expiry_effect_all', expiryWords(asked))}
          onStart={() => start(asked)}
          onClose={() => setAsked(null)}
        />
      )}
      {isTimed && !isNotes && (
        <Picker<Expiry['base']>
          label={t('expiry_base')}
          value={value.base}
          options={[
            ['read', t('expiry_base_read')],
            ['sent', t('expiry_base_sent')],
          ]}
          onPick={(picked) => onChoose({ seconds: value.seconds, base: picked })}
        />
      )}
    </>
  );
}
