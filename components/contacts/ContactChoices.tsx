/** What this user has decided for one contact: connecting directly, and where messages may wait. */
import type { Progress } from '../../lib/ui/progress';
import { inSentence, safeName, t } from '../../lib/ui/text';
import type { ContactView, Direct, Routing } from '../../lib/ui/views';
import { Avatar } from '../parts/Avatar';
import { Fingerprint } from '../parts/Fingerprint';
import { Header } from '../parts/Header';
import { FailureNotice } from '../parts/Notice';
import parts from '../parts/parts.module.css';
import { Choices } from './Choices';
import css from './contacts.module.css';
import { DirectChoice } from './DirectChoice';

export interface ContactChoicesProps {
  contact: ContactView;
  progress: Progress;
  onDirect: (direct: Direct) => void;
  onRouting: (routing: Routing) => void;
  onBack: () => void;
}

export function ContactChoices({ contact, progress, onDirect, onRouting, onBack }: ContactChoicesProps) {
  const who = inSentence(contact.name);
  return (
    <main class={parts.screen}>
      <Header title={safeName(contact.name)} onBack={onBack} />
      <div class={parts.body}>
        <div class={css.card}>
          <Avatar name={contact.name} fingerprint={contact.fingerprint} size="large" />
          <Fingerprint value={contact.fingerprint} />
          <p class={css.aside}>{t('not_verified_link')}</p>
        </div>
        <DirectChoice name={contact.name} chosen={contact.direct.mine} onChoose={onDirect} />
        <Choices<Routing>
          title={t('routing_question', who)}
          choices={[
            { value: 'device', label: t('routing_choice_device'), aside: t('routing_choice_device_aside', who) },
            { value: 'relay', label: t('routing_choice_relay'), aside: t('routing_choice_relay_aside', who) },
          ]}
          chosen={contact.routing}
          onChoose={onRouting}
        />
        <FailureNotice progress={progress} />
      </div>
    </main>
  );
}
