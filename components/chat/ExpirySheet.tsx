/** How long messages stay: this one, or all from now on. The first timer of a device is asked about before it starts. */
import { useState } from 'preact/hooks';
import type { Expiry } from '../../lib/domain/choices';
import { EXPIRY_SECONDS, expiryWords, spanWords } from '../../lib/ui/choice-words';
import { inSentence, shortName, t } from '../../lib/ui/text';
import type { ContactView } from '../../lib/ui/views';
import { Button } from '../parts/Button';
import { type ExpiryAsking, ExpiryQuestion } from '../parts/ExpiryQuestion';
import { Sheet, SheetBody, SheetFoot } from '../parts/Sheet';
import css from './sheets.module.css';

export type Scope = 'once' | 'always';

export interface ExpirySheetProps {
  contact: ContactView;
  /** For the message that is being written; undefined: as for all. */
  once: Expiry | null | undefined;
  asking: ExpiryAsking;
  onChoose: (scope: Scope, expiry: Expiry | null) => void;
  onClose: () => void;
}

function effectWords(expiry: Expiry, scope: Scope, contact: ContactView): string {
  const isOnce = scope === 'once';
  if (contact.state === 'self') return t(isOnce ? 'expiry_effect_note' : 'expiry_effect_notes', spanWords(expiry.seconds));
  return t(isOnce ? 'expiry_effect_once' : 'expiry_effect', expiryWords(expiry), inSentence(shortName(contact.name)));
}

export function ExpirySheet({ contact, once, asking, onChoose, onClose }: ExpirySheetProps) {
  const [scope, setScope] = useState<Scope>(once === undefined ? 'always' : 'once');
  const [expiry, setExpiry] = useState<Expiry | null>(once === undefined ? contact.chosen.expiry : once);
  const [isAsked, setIsAsked] = useState(false);
  const base = expiry?.base ?? 'read';
  const scopes: readonly (readonly [Scope, string])[] = [
    ['always', contact.state === 'self' ? t('expiry_always_notes') : t('expiry_always', inSentence(shortName(contact.name)))],
    ['once', t('expiry_once')],
  ];
  const choose = () => {
    onChoose(scope, expiry);
    onClose();
  };
  if (expiry && isAsked) {
    const start = () => {
      asking.onExplained();
      choose();
    };
    return <ExpiryQuestion words={effectWords(expiry, scope, contact)} onStart={start} onClose={() => setIsAsked(false)} />;
  }
  return (
    <Sheet title={t('expiry')} onClose={onClose}>
      <SheetBody>
        <fieldset class={css.group}>
          <legend class={css.groupTitle}>{t('expiry_which')}</legend>
          {scopes.map(([value, label]) => (
            <label class={css.option} key={value}>
              <input type="radio" class={css.check} name="expiry-scope" checked={scope === value} onChange={() => setScope(value)} />
              {label}
            </label>
          ))}
        </fieldset>
        <fieldset class={css.group}>
          <legend class={css.groupTitle}>{t('expiry_after')}</legend>
          <div class={css.options}>
            {[null, ...EXPIRY_SECONDS].map((seconds) => (
              <label class={css.option} key={seconds}>
                <input
                  type="radio"
                  class={css.check}
                  name="expiry-seconds"
                  checked={(expiry?.seconds ?? null) === seconds}
                  onChange={() => setExpiry(seconds === null ? null : { seconds, base })}
                />
                {seconds === null ? t('expiry_never') : spanWords(seconds)}
              </label>
            ))}
          </div>
        </fieldset>
        {expiry && contact.state !== 'self' && (
          <fieldset class={css.group}>
            <legend class={css.groupTitle}>{t('expiry_base')}</legend>
            {(['read', 'sent'] as const).map((value) => (
              <label class={css.option} key={value}>
                <input
                  type="radio"
                  class={css.check}
                  name="expiry-base"
                  checked={base === value}
                  onChange={() => setExpiry({ ...expiry, base: value })}
                />
                {t(value === 'read' ? 'expiry_base_read' : 'expiry_base_sent')}
              </label>
            ))}
          </fieldset>
        )}
      </SheetBody>
      <SheetFoot>
        <Button
          onPress={() => {
            if (expiry && !asking.isExplained) setIsAsked(true);
            else choose();
          }}
        >
          {t(expiry ? 'expiry_start' : 'expiry_keep')}
        </Button>
        <Button kind="quiet" onPress={onClose}>
          {t('cancel')}
        </Button>
      </SheetFoot>
    </Sheet>
  );
}
