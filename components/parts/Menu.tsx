/** A menu over the page, beside what opened it. One at a time; Esc, Tab and a press elsewhere close it, and the focus goes back. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { IconName } from '../../lib/ui/words';
import css from './floating.module.css';
import { Icon } from './Icon';

export interface MenuItem {
  readonly id: string;
  readonly label: string;
  readonly icon?: IconName;
  /** The key that does the same without the menu. */
  readonly shortcut?: string | null;
  /** One of several of which one holds. */
  readonly isChosen?: boolean;
  readonly isGrave?: boolean;
  readonly onPress: () => void;
}

export interface MenuSection {
  readonly id: string;
  readonly title?: string;
  /** Side by side, each a single sign. */
  readonly isRow?: boolean;
  readonly items: readonly MenuItem[];
}

export interface MenuProps {
  label: string;
  sections: readonly MenuSection[];
  /** What it belongs to. */
  anchor: Element;
  onClose: () => void;
}

const GAP_PX = 4;

/** Below its anchor where there is room, else above, and never beyond the page. */
function place(menu: HTMLElement, anchor: Element): void {
  const at = anchor.getBoundingClientRect();
  const { offsetWidth, offsetHeight } = menu;
  const { clientWidth, clientHeight } = document.documentElement;
  const isRtl = getComputedStyle(menu).direction === 'rtl';
  const below = at.bottom + GAP_PX;
  const top = below + offsetHeight <= clientHeight ? below : at.top - GAP_PX - offsetHeight;
  const left = isRtl ? at.right - offsetWidth : at.left;
  const within = (wanted: number, size: number, room: number) => Math.max(GAP_PX, Math.min(wanted, room - size - GAP_PX));
  menu.style.insetBlockStart = `${within(top, offsetHeight, clientHeight)}px`;
  menu.style.left = `${within(left, offsetWidth, clientWidth)}px`;
}

const itemsOf = (menu: HTMLElement) => [...menu.querySelectorAll<HTMLElement>('[role^=menuitem]')];
const rowOf = (item: HTMLElement | undefined) => item?.closest('[data-row]') ?? null;

/** Up and down pass over a row as one; left and right go through everything. */
function stepFrom(items: readonly HTMLElement[], at: number, key: string): HTMLElement | undefined {
  const last = items.length - 1;
  const way = key === 'ArrowDown' || key === 'ArrowRight' ? 1 : -1;
  const isAlong = key === 'ArrowDown' || key === 'ArrowUp';
  let next = at;
  do next = next + way > last ? 0 : next + way < 0 ? last : next + way;
  while (isAlong && next !== at && rowOf(items[next]) !== null && rowOf(items[next]) === rowOf(items[at]));
  return items[next];
}

function nextItem(menu: HTMLElement, event: KeyboardEvent): HTMLElement | undefined {
  const items = itemsOf(menu);
  const at = items.indexOf(document.activeElement as HTMLElement);
  const isRtl = getComputedStyle(menu).direction === 'rtl';
  const turned: Readonly<Record<string, string>> = isRtl ? { ArrowLeft: 'ArrowRight', ArrowRight: 'ArrowLeft' } : {};
  if (event.key.startsWith('Arrow')) return stepFrom(items, at, turned[event.key] ?? event.key);
  if (event.key === 'Home') return items[0];
  if (event.key === 'End') return items.at(-1);
  if (event.key.length !== 1 || event.key === ' ') return undefined;
  const begins = (item: HTMLElement) => item.textContent?.trim().toLowerCase().startsWith(event.key.toLowerCase());
  return [...items.slice(at + 1), ...items.slice(0, at + 1)].find(begins);
}

export function Menu({ label, sections, anchor, onClose }: MenuProps) {
  const menu = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = menu.current;
    const before = document.activeElement as HTMLElement | null;
    if (!element) return;
    place(element, anchor);
    const [first] = itemsOf(element);
    (element.querySelector<HTMLElement>('[aria-checked=true]') ?? first)?.focus({ preventScroll: true });
    return () => {
      if (element.contains(document.activeElement)) before?.focus({ preventScroll: true });
    };
  }, [anchor]);
  useEffect(() => {
    const leave = ({ target }: Event) => {
      if (!menu.current?.contains(target as Node)) onClose();
    };
    const stay = () => menu.current && place(menu.current, anchor);
    addEventListener('pointerdown', leave, true);
    addEventListener('resize', stay);
    return () => {
      removeEventListener('pointerdown', leave, true);
      removeEventListener('resize', stay);
    };
  }, [onClose, anchor]);
  const pressed = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !menu.current) return;
    // What is pressed here goes no further: beneath are shortcuts.
    event.stopPropagation();
    if (event.key === 'Tab' || event.key === 'Escape') {
      event.preventDefault();
      onClose();
      return;
    }
    const next = nextItem(menu.current, event);
    if (!next) return;
    event.preventDefault();
    next.focus();
  };
  return (
    <div class={css.menu} role="menu" aria-label={label} tabIndex={-1} ref={menu} onKeyDown={pressed}>
      {sections
        .filter(({ items }) => items.length > 0)
        .map((section) => (
          <Section key={section.id} section={section} onClose={onClose} />
        ))}
    </div>
  );
}

function Section({ section, onClose }: { section: MenuSection; onClose: () => void }) {
  const { title, isRow = false, items } = section;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset may not stand in a menu
    <div class={`${css.section} ${isRow ? css.sectionRow : ''}`} role="group" aria-label={title} data-row={isRow || undefined}>
      {title && (
        <span class={css.sectionTitle} aria-hidden="true">
          {title}
        </span>
      )}
      {items.map(({ id, label, icon, shortcut, isChosen, isGrave, onPress }) => (
        <button
          type="button"
          key={id}
          class={`${isRow ? css.sign : css.item} ${isGrave ? css.itemGrave : ''}`}
          {...(isChosen === undefined ? { role: 'menuitem' } : { role: 'menuitemradio', 'aria-checked': isChosen })}
          tabIndex={-1}
          data-item={id}
          onClick={() => {
            // What is pressed may open something in its place.
            onClose();
            onPress();
          }}
        >
          {icon && <Icon name={icon} />}
          <span class={css.itemLabel}>{label}</span>
          {isChosen && !isRow && <Icon name="check" />}
          {shortcut && (
            <span class={css.key} aria-hidden="true">
              {shortcut}
            </span>
          )}
        </button>
      ))}
    </div>
  );
}
