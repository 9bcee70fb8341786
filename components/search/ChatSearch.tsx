/** Looking through one conversation. */
import { inSentence, t } from '../../lib/ui/text';
import type { ViewModel } from '../../lib/ui/view-model';
import type { ContactView } from '../../lib/ui/views';
import { Header } from '../parts/Header';
import parts from '../parts/parts.module.css';
import { SearchField } from './SearchField';
import { SearchResults } from './SearchResults';
import css from './search.module.css';

export interface ChatSearchProps {
  model: ViewModel;
  contact: ContactView;
}

export function ChatSearch({ model, contact }: ChatSearchProps) {
  const isLooking = model.searching.text.value.trim() !== '';
  return (
    <main class={parts.screen}>
      <Header
        title={contact.state === 'self' ? t('search_notes') : t('search_chat_in', inSentence(contact.name))}
        takesFocus={false}
        onBack={model.back}
      />
      <SearchField model={model} label={t('search_chat')} takesFocus />
      {isLooking ? <SearchResults model={model} within={contact.id} /> : <p class={css.hint}>{t('search_hint')}</p>}
    </main>
  );
}
