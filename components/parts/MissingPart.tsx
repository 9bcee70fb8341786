/** Stands where a part of the page could not be loaded. A page that begins anew asks for it again; this one would not. */
import { t } from '../../lib/ui/text';
import { Button } from './Button';
import { Notice } from './Notice';
import css from './parts.module.css';

export function MissingPart() {
  return (
    <div class={css.body}>
      <Notice text={t('part_missing')} />
      <Button kind="quiet" onPress={() => location.reload()}>
        {t('part_reload')}
      </Button>
    </div>
  );
}
