/** What is looked for. Answers come while typing; the arrows lead into them, Esc empties the field first. */
import { useEffect, useRef } from 'preact/hooks';
import { MAX_QUERY_CHARS } from '../../lib/ui/searching';
import { t } from '../../lib/ui/text';
import type { ViewModel } from '../../lib/ui/view-model';
import { IconButton } from '../parts/Button';
import { Icon } from '../parts/Icon';
import { firstResult } from './SearchResults';
import css from './search.module.css';

export interface SearchFieldProps {
  model: ViewModel;
  label: string;
  takesFocus: boolean;
}

export function SearchField({ model, label, takesFocus }: SearchFieldProps) {
  const { searching } = model;
  const box = useRef<HTMLInputElement>(null);
  const text = searching.text.value;
  useEffect(() => {
    if (takesFocus) box.current?.focus({ preventScroll: true });
  }, []);
  const clear = () => {
    searching.clear();
    box.current?.focus();
  };
  const move = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === 'Escape' && text !== '') {
      event.preventDefault();
      clear();
    }
    if (event.key !== 'ArrowDown' && event.key !== 'Enter') return;
    const result = firstResult();
    if (!result) return;
    event.preventDefault();
    if (event.key === 'Enter') result.click();
    else result.focus();
  };
  return (
    <search class={css.search}>
      <span class={css.lens}>
        <Icon name="search" />
      </span>
      <input
        ref={box}
        class={css.box}
        id="search"
        type="text"
        inputMode="search"
        enterkeyhint="search"
        dir="auto"
        autocomplete="off"
        spellcheck={false}
        maxLength={MAX_QUERY_CHARS}
        placeholder={label}
        aria-label={label}
        value={text}
        onInput={(event) => searching.write(event.currentTarget.value)}
        onFocus={searching.prepare}
        onKeyDown={move}
      />
      {text !== '' && <IconButton icon="close" label={t('search_clear')} onPress={clear} />}
    </search>
  );
}
