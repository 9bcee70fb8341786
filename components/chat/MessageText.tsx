/** A message's text with its marks and links. Text nodes only; read from the page or copied, it is what was written. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { beginningOf, type Piece, readText } from '../../lib/ui/rich-text';
import { t } from '../../lib/ui/text';
import css from './bubble.module.css';

export interface MessageTextProps {
  text: string;
  /** Of what can be pressed in it. */
  tabIndex: 0 | -1;
}

function draw(piece: Piece, key: number, tabIndex: 0 | -1): ComponentChildren {
  const inside = () => ('pieces' in piece ? drawAll(piece.pieces, tabIndex) : null);
  switch (piece.kind) {
    case 'text':
      return piece.text;
    case 'marker':
      return (
        <span key={key} class={css.marker} aria-hidden="true">
          {piece.text}
        </span>
      );
    case 'control':
      return (
        <bdi key={key} class={css.control} data-code={piece.text.codePointAt(0)?.toString(16).toUpperCase()}>
          {piece.text}
        </bdi>
      );
    case 'link':
      return (
        <a key={key} class={css.link} href={piece.href} target="_blank" rel="noopener noreferrer" dir="ltr" tabIndex={tabIndex}>
          {piece.shown}
        </a>
      );
    case 'bold':
      return <strong key={key}>{inside()}</strong>;
    case 'italic':
      return <em key={key}>{inside()}</em>;
    case 'strike':
      return <s key={key}>{inside()}</s>;
    case 'code':
      return (
        <code key={key} class={css.code}>
          {inside()}
        </code>
      );
    case 'block':
      return (
        <code key={key} class={css.block}>
          {inside()}
        </code>
      );
    case 'quote':
      return (
        <span key={key} class={css.quoted}>
          {inside()}
        </span>
      );
    default:
      return piece satisfies never;
  }
}

function drawAll(pieces: readonly Piece[], tabIndex: 0 | -1): ComponentChildren {
  return pieces.map((piece, index) => draw(piece, index, tabIndex));
}

export function MessageText({ text, tabIndex }: MessageTextProps) {
  const [isOpen, setIsOpen] = useState(false);
  const beginning = isOpen ? null : beginningOf(text);
  return (
    <>
      {drawAll(readText(beginning ?? text), tabIndex)}
      {beginning !== null && (
        <button type="button" class={css.showAll} tabIndex={tabIndex} onClick={() => setIsOpen(true)}>
          {t('show_all', text.length.toLocaleString())}
        </button>
      )}
    </>
  );
}
