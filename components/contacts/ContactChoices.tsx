/** What this user has decided for one contact: connecting directly, and where messages may wait. */
import type { Progress } from '../../lib/ui/progress';
import { inSentence, shortName, t } from '../../lib/ui/text';
import type { ContactView, Direct, Routing } from '../../lib/ui/views';
import { Header } from '../parts/Header';
import { FailureNotice } from '../parts/Notice';
import parts from '../parts/parts.module.css';
import { Choices } from './Choices';
import { ContactCard } from './ContactCard';
import { DirectChoice } from './DirectChoice';

export interface ContactChoicesProps {
  contact: ContactView;
  progress: Progress;
  onDirect: (direct: Direct) => void;
  onRouting: (routing: Routing) => void;
  onBack: () => void;
}

export function ContactChoices({ contact, progress, onDirect, onRouting, onBack }: ContactChoicesProps) {
  const who = inSentence(shortName(contact.name));
  return (
    <main class={parts.screen}>
      <Header title={t('contact_choices')} onBack={onBack} />
      <div class={parts.body}>
        <ContactCard contact={contact} />
        <DirectChoice name={contact.name} chosen={contact.direct.mine} onChoose={onDirect} />
        <Choices<Routing>
          title={t('routing_question', who)}
          choices={[
            { value: 'device', label: t('routing_choice_device'), aside: t('routing_choice_device_aside', who) },
            { value: 'relay', label: t('routing_choice_relay'), aside: t('routing_choice_relay_aside', who) },
          ]}
          chosen={contact.chosen.routing === 'relay' ? 'relay' : 'device'}
          onChoose={onRouting}
        />
        <FailureNotice progress={progress} />
      </div>
    </main>
  );
}
