/** The open invite: as a picture to scan and a link to send. Asks for one when there is none. */
import { useEffect, useState } from 'preact/hooks';
import type { Progress } from '../../lib/ui/progress';
import { t } from '../../lib/ui/text';
import type { InviteView } from '../../lib/ui/views';
import { inviteExpiryWords } from '../../lib/ui/words';
import { Button } from '../parts/Button';
import { Icon } from '../parts/Icon';
import { FailureNotice, Notice } from '../parts/Notice';
import css from './invites.module.css';
import { QrCode } from './QrCode';

export interface ShowCodeProps {
  invite: InviteView | null;
  progress: Progress;
  onAsk: () => void;
  onCancel: () => void;
  /** Resolves to false when the browser refuses. */
  copy: (text: string) => Promise<boolean>;
}

export function ShowCode({ invite, progress, onAsk, onCancel, copy }: ShowCodeProps) {
  const isUnasked = invite === null && progress.kind === 'idle';
  useEffect(() => {
    if (isUnasked) onAsk();
  }, [isUnasked, onAsk]);
  if (invite) return <OpenInvite invite={invite} onCancel={onCancel} copy={copy} />;
  if (progress.kind === 'pending' || isUnasked) return <p role="status">{t('invite_making')}</p>;
  return (
    <>
      {progress.kind === 'done' && <p class={css.aside}>{t('invite_none')}</p>}
      <FailureNotice progress={progress} />
      <Button onPress={onAsk}>{t(progress.kind === 'failed' ? 'try_again' : 'invite_make')}</Button>
    </>
  );
}

type Copied = 'not-yet' | 'copied' | 'refused';

function OpenInvite({ invite, onCancel, copy }: { invite: InviteView } & Pick<ShowCodeProps, 'onCancel' | 'copy'>) {
  const [copied, setCopied] = useState<Copied>('not-yet');
  const copyLink = async () => setCopied((await copy(invite.link)) ? 'copied' : 'refused');
  return (
    <>
      <div class={css.card}>
        <QrCode text={invite.link} />
        <output class={css.link} dir="ltr" aria-label={t('invite_link')}>
          {invite.link}
        </output>
      </div>
      <Button onPress={() => void copyLink()}>
        <Icon name={copied === 'copied' ? 'check' : 'copy'} />
        {t(copied === 'copied' ? 'invite_copied' : 'invite_copy')}
      </Button>
      {copied === 'refused' && <Notice text={t('invite_copy_refused')} />}
      <div class={css.foot}>
        <span>{inviteExpiryWords(invite.expiresAtMs)}</span>
        <Button kind="link" onPress={onCancel}>
          {t('invite_cancel')}
        </Button>
      </div>
    </>
  );
}
