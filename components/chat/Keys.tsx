/** The keys of a conversation. */
import { ACTIONS } from '../../lib/ui/message-menu';
import { t } from '../../lib/ui/text';
import { Sheet, SheetBody } from '../parts/Sheet';
import css from './sheets.module.css';

interface Line {
  readonly keys: readonly string[];
  readonly words: string;
}

const WRITING: readonly Line[] = [
  { keys: ['Enter'], words: 'send' },
  { keys: ['Shift', 'Enter'], words: 'keys_new_line' },
  { keys: ['↑'], words: 'keys_edit_last' },
  { keys: ['Esc'], words: 'keys_back' },
];
const READING: readonly Line[] = [
  { keys: ['Shift', 'Tab'], words: 'keys_to_messages' },
  { keys: ['↑', '↓'], words: 'keys_walk' },
  { keys: ['Enter'], words: 'message_menu' },
  ...Object.values(ACTIONS).flatMap(({ shortcut, key }) => (shortcut === null ? [] : [{ keys: [shortcut], words: key }])),
  { keys: ['?'], words: 'keys' },
];

export function Keys({ onClose }: { onClose: () => void }) {
  return (
    <Sheet title={t('keys')} onClose={onClose}>
      <SheetBody label={t('keys')}>
        <Lines title={t('keys_writing')} lines={WRITING} />
        <Lines title={t('keys_reading')} lines={READING} />
      </SheetBody>
    </Sheet>
  );
}

function Lines({ title, lines }: { title: string; lines: readonly Line[] }) {
  return (
    <section class={css.group}>
      <h3 class={css.groupTitle}>{title}</h3>
      <ul class={css.keyLines}>
        {lines.map(({ keys, words }) => (
          <li class={css.keyLine} key={words}>
            <span>{t(words)}</span>
            <span class={css.keySet}>
              {keys.map((key) => (
                <kbd class={css.key} key={key}>
                  {key}
                </kbd>
              ))}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
