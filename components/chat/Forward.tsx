/** A message's text, sent on to several contacts. They are not told whose it was. */
import { useState } from 'preact/hooks';
import { plain } from '../../lib/ui/notes';
import type { Progress } from '../../lib/ui/progress';
import { routingLabel } from '../../lib/ui/routing-words';
import { safeName, t } from '../../lib/ui/text';
import type { ContactId, ContactView, MessageView, Routing } from '../../lib/ui/views';
import { Avatar } from '../parts/Avatar';
import { Button } from '../parts/Button';
import { Field } from '../parts/Field';
import { FailureNotice } from '../parts/Notice';
import { Sheet, SheetBody, SheetFoot } from '../parts/Sheet';
import css from './sheets.module.css';

export interface ForwardProps {
  message: MessageView;
  contacts: readonly ContactView[];
  progress: Progress;
  /** Resolves to true when all of them have been stored. */
  onForward: (contactIds: readonly ContactId[], asked: Routing | null) => Promise<boolean>;
  onClose: () => void;
}

function canGet({ state, choices }: ContactView): boolean {
  return (state === 'accepted' || state === 'requested' || state === 'self') && !choices.isBlocked;
}

export function Forward({ message, contacts, progress, onForward, onClose }: ForwardProps) {
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState<ReadonlySet<ContactId>>(new Set());
  const [asked, setAsked] = useState<Routing | null>(null);
  const able = contacts.filter(canGet);
  const found = able.filter(({ id, name }) => chosen.has(id) || plain(safeName(name)).includes(plain(query.trim())));
  const mustAsk = able.some(({ id, state, chosen: { routing } }) => chosen.has(id) && state === 'accepted' && routing === 'ask');
  const toggle = (id: ContactId) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  const forward = async () => {
    if (await onForward([...chosen], asked)) onClose();
  };
  return (
    <Sheet title={t('forward')} takesFocus={false} onClose={onClose}>
      <SheetBody>
        <p class={css.about} dir="auto">
          {message.text.slice(0, 300)}
        </p>
        <Field label={t('forward_search')} value={query} onInput={setQuery} takesFocus />
        {found.length === 0 && <p>{t('forward_nobody')}</p>}
        <ul class={css.people}>
          {found.map((contact) => (
            <li key={contact.id}>
              <label class={css.person}>
                <input type="checkbox" class={css.check} checked={chosen.has(contact.id)} onChange={() => toggle(contact.id)} />
                <Avatar contact={contact} size="small" />
                <span class={css.personName} dir="auto">
                  {safeName(contact.name)}
                </span>
              </label>
            </li>
          ))}
        </ul>
        {mustAsk && (
          <fieldset class={css.group}>
            <legend class={css.groupTitle}>{t('forward_ask')}</legend>
            {(['device', 'relay'] as const).map((routing) => (
              <label class={css.option} key={routing}>
                <input
                  type="radio"
                  class={css.check}
                  name="forward-routing"
                  checked={asked === routing}
                  onChange={() => setAsked(routing)}
                />
                {routingLabel(routing)}
              </label>
            ))}
          </fieldset>
        )}
        <FailureNotice progress={progress} />
      </SheetBody>
      <SheetFoot>
        <Button isDisabled={chosen.size === 0 || (mustAsk && asked === null) || progress.kind === 'pending'} onPress={() => void forward()}>
          {t('forward_to', String(chosen.size))}
        </Button>
      </SheetFoot>
    </Sheet>
  );
}
