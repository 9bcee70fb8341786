/** Who somebody is, as far as this device knows: their name, their key, that nobody has compared it, and when it protects less. */
import { inSentence, safeName, shortName, t } from '../../lib/ui/text';
import type { ContactView } from '../../lib/ui/views';
import { Avatar } from '../parts/Avatar';
import { Fingerprint } from '../parts/Fingerprint';
import css from './contacts.module.css';

export function ContactCard({ contact, words }: { contact: ContactView; words?: string }) {
  return (
    <div class={css.card}>
      <div class={css.cardWho}>
        <Avatar contact={contact} size="large" />
        <div class={css.cardText}>
          <p class={css.cardName} dir="auto">
            {safeName(contact.name)}
          </p>
          {words && <p>{words}</p>}
        </div>
      </div>
      <Fingerprint value={contact.fingerprint} />
      <p class={css.small}>{t('not_verified_link')}</p>
      {contact.hasWeakKeys && <p class={css.small}>{t('keys_weaker', inSentence(shortName(contact.name)))}</p>}
    </div>
  );
}
