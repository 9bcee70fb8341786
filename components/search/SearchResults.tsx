/** People whose names match, then messages, newest first. One stop for Tab, in which the arrows move; up from the first leads back to the field. */
import { useRef, useState } from 'preact/hooks';
import { t } from '../../lib/ui/text';
import type { ViewModel } from '../../lib/ui/view-model';
import type { ContactId, ContactView, FoundView } from '../../lib/ui/views';
import { ContactRow } from '../contacts/ContactRow';
import { Button } from '../parts/Button';
import { FailureNotice } from '../parts/Notice';
import { stepped } from '../parts/stepped';
import { HitRow } from './HitRow';
import css from './search.module.css';

const RESULTS = 'search-results';

function results(): readonly HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(`#${RESULTS} li button`)];
}

export function firstResult(): HTMLElement | undefined {
  return results()[0];
}

export interface SearchResultsProps {
  model: ViewModel;
  /** Of this conversation alone. */
  within: ContactId | null;
  /** Of a person found; in one conversation there are none. */
  onMenu?: (contactId: ContactId, anchor: Element) => void;
}

export function SearchResults({ model, within, onMenu }: SearchResultsProps) {
  const { searching } = model;
  const progress = model.progressOf('search');
  const found = searching.found.value;
  return (
    <section class={css.results} id={RESULTS} aria-label={t('search_results')}>
      <FailureNotice progress={progress} />
      <p class={css.count} role="status">
        {found ? countWords(found) : progress.kind !== 'failed' && t('search_looking')}
      </p>
      {found && <Lists model={model} found={found} within={within} {...(onMenu && { onMenu })} />}
      {found?.isPartial && <p class={css.aside}>{t('search_partial')}</p>}
    </section>
  );
}

function countWords({ people, hits, hasMore, isPartial }: FoundView): string {
  if (hits.length === 0 && people.length === 0 && !isPartial) return t('search_nothing_title');
  const messages = t(hasMore ? 'search_count_more' : 'search_count', String(hits.length));
  return people.length === 0 ? messages : t('search_people', String(people.length), messages);
}

function Lists({ model, found, within, onMenu }: SearchResultsProps & { found: FoundView }) {
  const [stop, setStop] = useState(0);
  const outer = useRef<HTMLDivElement>(null);
  const nowMs = model.nowMs.value;
  const contacts = new Map(model.contacts.value.map((contact) => [contact.id, contact]));
  const people = model.contacts.value.filter(({ id }) => found.people.includes(id));
  const hits = found.hits.flatMap((hit) => {
    const contact = contacts.get(hit.contactId);
    return contact ? [{ hit, contact }] : [];
  });
  const count = people.length + hits.length;
  const stopIndex = Math.min(stop, Math.max(count - 1, 0));
  if (count === 0) return found.isPartial ? null : <Nothing onClear={model.searching.clear} />;
  const move = (event: KeyboardEvent) => {
    const isUp = event.key === 'ArrowUp' && stopIndex === 0;
    const isClearing = event.key === 'Escape';
    const next = isUp || isClearing ? null : stepped(event, stopIndex, count - 1);
    if (next === null && !isUp && !isClearing) return;
    event.preventDefault();
    if (isClearing) model.searching.clear();
    if (next === null) document.getElementById('search')?.focus();
    else results()[next]?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys are those of the rows inside
    <div ref={outer} onKeyDown={move}>
      {people.length > 0 && (
        <ul aria-label={t('contacts')}>
          {people.map((contact: ContactView, index) => (
            <li key={contact.id} class={css.item}>
              <ContactRow
                contact={contact}
                nowMs={nowMs}
                isTabStop={index === stopIndex}
                onPress={() => model.goToContact(contact.id)}
                onMenu={(anchor) => onMenu?.(contact.id, anchor)}
                onFocus={() => setStop(index)}
              />
            </li>
          ))}
        </ul>
      )}
      <ul aria-label={t('messages')}>
        {hits.map(({ hit, contact }, index) => (
          <li key={hit.id} class={css.item}>
            <HitRow
              hit={hit}
              contact={contact}
              isNamed={within === null}
              nowMs={nowMs}
              isTabStop={people.length + index === stopIndex}
              onPress={() => model.goToMessage(hit)}
              onFocus={() => setStop(people.length + index)}
            />
          </li>
        ))}
      </ul>
      {found.hasMore && (
        <div class={css.more}>
          <Button kind="quiet" onPress={model.searching.showMore}>
            {t('search_more')}
          </Button>
        </div>
      )}
    </div>
  );
}

function Nothing({ onClear }: { onClear: () => void }) {
  const clear = () => {
    onClear();
    document.getElementById('search')?.focus();
  };
  return (
    <div class={css.nothing}>
      <p class={css.aside}>{t('search_nothing')}</p>
      <Button kind="quiet" onPress={clear}>
        {t('search_clear')}
      </Button>
    </div>
  );
}
