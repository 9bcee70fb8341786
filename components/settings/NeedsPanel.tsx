/** In the popup, which closes as soon as a file is chosen or another window is clicked: the way to a page that stays. */
import { t } from '../../lib/ui/text';
import { Button } from '../parts/Button';
import css from './settings.module.css';

export function NeedsPanel({ onOpenPanel }: { onOpenPanel: () => void }) {
  return (
    <>
      <p class={css.aside}>{t('backup_needs_panel')}</p>
      <Button onPress={onOpenPanel}>{t('open_panel')}</Button>
    </>
  );
}
