/** A screen's top line: back if there is a way back, its title, its buttons. Takes focus when the screen opens. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../../lib/ui/text';
import { IconButton } from './Button';
import css from './parts.module.css';

export interface HeaderProps {
  title: string;
  onBack?: () => void;
  /** False where another control takes the focus. */
  takesFocus?: boolean;
  children?: ComponentChildren;
}

export function Header({ title, onBack, takesFocus = true, children }: HeaderProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // Before anybody can act on the new screen: later it would take the focus from where they are.
  useLayoutEffect(() => {
    if (takesFocus) heading.current?.focus({ preventScroll: true });
  }, [takesFocus]);
  return (
    <header class={css.header}>
      {onBack && <IconButton icon="back" label={t('back')} onPress={onBack} />}
      <h1 class={css.headerTitle} tabIndex={-1} ref={heading}>
        {title}
      </h1>
      {children}
    </header>
  );
}
