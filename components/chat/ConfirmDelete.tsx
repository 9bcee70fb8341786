/** Asks before a message is deleted: there is no way back. */
import { inSentence, shortName, t } from '../../lib/ui/text';
import type { ContactView } from '../../lib/ui/views';
import { Button } from '../parts/Button';
import { Sheet, SheetBody, SheetFoot } from '../parts/Sheet';

export interface ConfirmDeleteProps {
  scope: 'me' | 'everyone';
  contact: ContactView;
  onDelete: () => void;
  onClose: () => void;
}

export function ConfirmDelete({ scope, contact, onDelete, onClose }: ConfirmDeleteProps) {
  const isMe = scope === 'me';
  const who = inSentence(shortName(contact.name));
  return (
    <Sheet title={t(isMe ? 'action_delete_me' : 'action_delete_everyone')} onClose={onClose}>
      <SheetBody>
        <p>{isMe ? t(contact.state === 'self' ? 'delete_note' : 'delete_me', who) : t('delete_everyone', who)}</p>
      </SheetBody>
      <SheetFoot>
        <Button
          onPress={() => {
            onDelete();
            onClose();
          }}
        >
          {t('delete_confirm')}
        </Button>
        <Button kind="quiet" onPress={onClose}>
          {t('delete_keep')}
        </Button>
      </SheetFoot>
    </Sheet>
  );
}
