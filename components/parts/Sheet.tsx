/** Something to be done before the page goes on: over it, with a title, left by Esc, by its button or by a press beside it. */
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../../lib/ui/text';
import { IconButton } from './Button';
import css from './floating.module.css';

export interface SheetProps {
  title: string;
  onClose: () => void;
  /** False where something in it takes the focus. */
  takesFocus?: boolean;
  children: ComponentChildren;
}

export function Sheet({ title, onClose, takesFocus = true, children }: SheetProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  const id = useId();
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    if (takesFocus) heading.current?.focus();
    // Gives the focus back to where it was.
    return () => element?.close();
  }, []);
  const pressed = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key !== 'Escape' || event.isComposing) return;
    event.preventDefault();
    onClose();
  };
  return (
    <dialog
      class={css.sheet}
      ref={dialog}
      aria-labelledby={id}
      onKeyDown={pressed}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <div class={css.sheetInside}>
        <header class={css.sheetHead}>
          <h2 class={css.sheetTitle} id={id} tabIndex={-1} ref={heading}>
            {title}
          </h2>
          <IconButton icon="close" label={t('close')} onPress={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  );
}

/** `label`: of a body that is only read, so that it can be scrolled by keyboard. */
export function SheetBody({ label, children }: { label?: string; children: ComponentChildren }) {
  const reading = label === undefined ? {} : ({ role: 'region', 'aria-label': label, tabIndex: 0 } as const);
  return (
    <div class={css.sheetBody} {...reading}>
      {children}
    </div>
  );
}

/** Its buttons, always in sight. */
export function SheetFoot({ children }: { children: ComponentChildren }) {
  return <div class={css.sheetFoot}>{children}</div>;
}
