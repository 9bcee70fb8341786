/** A contact's page: who they are, and everything decided for them alone. */
import type { Progress } from '../../lib/ui/progress';
import { inSentence, shortName, t } from '../../lib/ui/text';
import type { Choices as ContactChoiceValues, ContactView, Direct, RoutingChoice, Settings } from '../../lib/ui/views';
import { ExpiryChoice } from '../parts/ExpiryChoice';
import type { ExpiryAsking } from '../parts/ExpiryQuestion';
import { Header } from '../parts/Header';
import { FailureNotice } from '../parts/Notice';
import { Picker } from '../parts/Picker';
import parts from '../parts/parts.module.css';
import { Choices } from './Choices';
import { ContactCard } from './ContactCard';
import { ContactEnd } from './ContactEnd';
import { ContactPlace } from './ContactPlace';
import css from './contacts.module.css';
import { DirectChoice } from './DirectChoice';

export interface ContactChoicesProps {
  contact: ContactView;
  settings: Settings;
  nowMs: number;
  asking: ExpiryAsking;
  progress: Progress;
  onDirect: (direct: Direct) => void;
  onChoose: (choices: Partial<ContactChoiceValues>) => void;
  onRemove: () => void;
  onBack: () => void;
}

export function ContactChoices({ contact, settings, nowMs, asking, progress, onDirect, onChoose, onRemove, onBack }: ContactChoicesProps) {
  const { choices } = contact;
  const isSelf = contact.state === 'self';
  return (
    <main class={parts.screen}>
      <Header title={t(isSelf ? 'notes_choices' : 'contact_choices')} onBack={onBack} />
      <div class={parts.body}>
        {!isSelf && <ContactCard contact={contact} />}
        <FailureNotice progress={progress} />
        <ContactPlace contact={contact} nowMs={nowMs} onChoose={onChoose} />
        {!isSelf && <DirectChoice name={contact.name} chosen={contact.direct.mine} onChoose={onDirect} />}
        {!isSelf && <RoutingChoices contact={contact} settings={settings} onChoose={onChoose} />}
        <ExpiryChoice
          label={t(isSelf ? 'expiry_label_notes' : 'expiry_label')}
          value={choices.expiry}
          settings={settings.expiry}
          isNotes={isSelf}
          asking={asking}
          onChoose={(expiry) => onChoose({ expiry })}
        />
        {!isSelf && <Told contact={contact} settings={settings} onChoose={onChoose} />}
        {!isSelf && <ContactEnd contact={contact} onChoose={onChoose} onRemove={onRemove} />}
      </div>
    </main>
  );
}

type PartProps = Pick<ContactChoicesProps, 'contact' | 'settings' | 'onChoose'>;

const ROUTING_WORDS: Readonly<Record<RoutingChoice, string>> = {
  device: 'routing_choice_device',
  relay: 'routing_choice_relay',
  ask: 'routing_choice_ask',
};

function RoutingChoices({ contact, settings, onChoose }: PartProps) {
  const who = inSentence(shortName(contact.name));
  return (
    <Choices<RoutingChoice | 'default'>
      title={t('routing_question', who)}
      choices={[
        { value: 'default', label: t('routing_choice_default'), aside: t(ROUTING_WORDS[settings.routing]) },
        { value: 'device', label: t('routing_choice_device'), aside: t('routing_choice_device_aside', who) },
        { value: 'relay', label: t('routing_choice_relay'), aside: t('routing_choice_relay_aside', who) },
        { value: 'ask', label: t('routing_choice_ask'), aside: t('routing_choice_ask_aside') },
      ]}
      chosen={contact.choices.routing ?? 'default'}
      onChoose={(value) => onChoose({ routing: value === 'default' ? null : value })}
    />
  );
}

const TOLD = [
  ['tellsReading', 'tells_reading'],
  ['tellsTyping', 'tells_typing'],
  ['tellsPresence', 'tells_presence'],
] as const;

/** What stays true of somebody who is not told. */
const UNTOLD: Readonly<Record<(typeof TOLD)[number][0], string>> = {
  tellsReading: 'tells_reading_off',
  tellsTyping: 'tells_typing_off',
  tellsPresence: 'tells_presence_off',
};

function Told({ contact, settings, onChoose }: PartProps) {
  const who = inSentence(shortName(contact.name));
  return (
    <section class={css.choices} aria-label={t('tells_title', who)}>
      <h2 class={css.choicesTitle}>{t('tells_title', who)}</h2>
      {TOLD.map(([name, words]) => (
        <Picker
          key={name}
          label={t(words)}
          value={contact.choices[name]}
          options={[
            [null, t('choice_default', t(settings[name] ? 'choice_on' : 'choice_off'))],
            [true, t('choice_on')],
            [false, t('choice_off')],
          ]}
          aside={contact.chosen[name] ? undefined : t(UNTOLD[name], who)}
          onPick={(told) => onChoose({ [name]: told })}
        />
      ))}
    </section>
  );
}
