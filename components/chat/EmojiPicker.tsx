/** Emoji by group or by word; the arrows lead through them. */
import { useMemo, useRef, useState } from 'preact/hooks';
import { t } from '../../lib/ui/text';
import { Field } from '../parts/Field';
import { Sheet, SheetBody } from '../parts/Sheet';
import { EMOJI, type Emoji } from './emoji';
import css from './sheets.module.css';

export interface EmojiPickerProps {
  onPick: (emoji: string) => void;
  onClose: () => void;
}

/** Each typed word begins one of its words. */
function isMatch({ words }: Emoji, query: readonly string[]): boolean {
  return query.every((part) => words.some((word) => word.startsWith(part)));
}

/** The nearest of the next line up or down. */
function beside(signs: readonly HTMLElement[], at: number, way: 1 | -1): HTMLElement | undefined {
  const here = signs[at]?.getBoundingClientRect();
  if (!here) return signs[0];
  const isOn = (sign: HTMLElement) => (sign.getBoundingClientRect().top - here.top) * way > 1;
  const beyond = (way === 1 ? signs.slice(at + 1) : signs.slice(0, at).reverse()).filter(isOn);
  const line = beyond[0]?.getBoundingClientRect().top;
  const onLine = beyond.filter((sign) => sign.getBoundingClientRect().top === line);
  const distance = (sign: HTMLElement) => Math.abs(sign.getBoundingClientRect().left - here.left);
  return onLine.reduce<HTMLElement | undefined>((best, sign) => (best && distance(best) <= distance(sign) ? best : sign), undefined);
}

function stepped(signs: readonly HTMLElement[], event: KeyboardEvent): HTMLElement | undefined {
  const at = signs.indexOf(document.activeElement as HTMLElement);
  const isRtl = document.documentElement.dir === 'rtl';
  switch (event.key) {
    case 'ArrowLeft':
      return signs[isRtl ? at + 1 : at - 1];
    case 'ArrowRight':
      return signs[isRtl ? at - 1 : at + 1];
    case 'ArrowDown':
      return beside(signs, at, 1);
    case 'ArrowUp':
      return beside(signs, at, -1);
    case 'Home':
      return signs[0];
    case 'End':
      return signs.at(-1);
    default:
      return undefined;
  }
}

export function EmojiPicker({ onPick, onClose }: EmojiPickerProps) {
  const [query, setQuery] = useState('');
  const [stop, setStop] = useState<string | null>(null);
  const grid = useRef<HTMLDivElement>(null);
  const groups = useMemo(() => {
    const parts = query.toLowerCase().split(/\s+/u).filter(Boolean);
    return EMOJI.map(({ key, emoji }) => ({ key, emoji: emoji.filter((each) => isMatch(each, parts)) })).filter(
      ({ emoji }) => emoji.length > 0,
    );
  }, [query]);
  const first = groups[0]?.emoji[0]?.sign;
  const isShown = groups.some(({ emoji }) => emoji.some(({ sign }) => sign === stop));
  const signs = () => [...(grid.current?.querySelectorAll<HTMLElement>('button') ?? [])];
  const moved = (event: KeyboardEvent) => {
    const next = stepped(signs(), event);
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  const searched = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === 'ArrowDown') {
      event.preventDefault();
      signs()[0]?.focus();
    } else if (event.key === 'Enter' && first !== undefined) {
      event.preventDefault();
      onPick(first);
    }
  };
  return (
    <Sheet title={t('emoji')} takesFocus={false} onClose={onClose}>
      <SheetBody>
        <search onKeyDown={searched}>
          <Field label={t('emoji_search')} value={query} onInput={setQuery} takesFocus />
        </search>
        {groups.length === 0 && <p>{t('emoji_nothing')}</p>}
        {/* biome-ignore lint/a11y/noStaticElementInteractions: the keys are pressed on the buttons in it */}
        <div class={css.emoji} ref={grid} onKeyDown={moved}>
          {groups.map(({ key, emoji }) => (
            <section class={css.group} key={key} aria-label={t(key)}>
              <h3 class={css.groupTitle}>{t(key)}</h3>
              <div class={css.signs}>
                {emoji.map(({ sign, words }) => (
                  <button
                    type="button"
                    class={css.sign}
                    key={sign}
                    title={words.join(' ')}
                    tabIndex={sign === (isShown ? stop : first) ? 0 : -1}
                    onFocus={() => setStop(sign)}
                    onClick={() => onPick(sign)}
                  >
                    {sign}
                  </button>
                ))}
              </div>
            </section>
          ))}
        </div>
      </SheetBody>
    </Sheet>
  );
}
