/** The product's four kinds of button. A square one shows an icon and is named by its label. */
import type { ComponentChildren } from 'preact';
import type { IconName } from '../../lib/ui/words';
import { Icon } from './Icon';
import css from './parts.module.css';

export interface ButtonProps {
  kind?: 'primary' | 'quiet' | 'link';
  type?: 'button' | 'submit';
  isDisabled?: boolean;
  onPress?: () => void;
  children: ComponentChildren;
}

export function Button({ kind = 'primary', type = 'button', isDisabled = false, onPress, children }: ButtonProps) {
  return (
    <button type={type} class={`${css.button} ${css[kind]}`} disabled={isDisabled} onClick={onPress}>
      {children}
    </button>
  );
}

export interface IconButtonProps {
  icon: IconName;
  label: string;
  /** What it turns on is on; its label says so too. */
  isOn?: boolean;
  isPrimary?: boolean;
  isDisabled?: boolean;
  type?: 'button' | 'submit';
  onPress?: () => void;
}

export function IconButton({
  icon,
  label,
  isOn = false,
  isPrimary = false,
  isDisabled = false,
  type = 'button',
  onPress,
}: IconButtonProps) {
  return (
    <button
      type={type}
      class={`${css.button} ${css.square} ${isPrimary ? css.primary : ''} ${isOn ? css.squareOn : ''}`}
      aria-label={label}
      title={label}
      disabled={isDisabled}
      onClick={onPress}
    >
      <Icon name={icon} />
    </button>
  );
}
