/** Whether this browser and a contact's may connect directly. Says what that shows to the other side. */
import { inSentence, shortName, t } from '../../lib/ui/text';
import type { Direct } from '../../lib/ui/views';
import { Choices } from './Choices';

export interface DirectChoiceProps {
  name: string;
  chosen: Direct | null;
  onChoose: (direct: Direct) => void;
}

export function DirectChoice({ name, chosen, onChoose }: DirectChoiceProps) {
  const who = inSentence(shortName(name));
  return (
    <Choices<Direct>
      title={t('direct_question', who)}
      choices={[
        { value: 'allowed', label: t('direct_allowed'), aside: t('direct_allowed_aside', who) },
        { value: 'denied', label: t('direct_denied'), aside: t('direct_denied_aside') },
      ]}
      chosen={chosen}
      onChoose={onChoose}
    />
  );
}
