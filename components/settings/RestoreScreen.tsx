/** A backup is opened here: the file and its passphrase, then what is in it, then the decision. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { BackupControl, BackupFile, Reading } from '../../lib/ui/backup';
import { countWords } from '../../lib/ui/storage-words';
import { safeName, t } from '../../lib/ui/text';
import { dayAndTime, longDate } from '../../lib/ui/time';
import type { RestoreView } from '../../lib/ui/views';
import { Button } from '../parts/Button';
import { Field } from '../parts/Field';
import { Fingerprint } from '../parts/Fingerprint';
import { Header } from '../parts/Header';
import { FailureNotice } from '../parts/Notice';
import parts from '../parts/parts.module.css';
import { Row, Share } from './BackupSettings';
import { NeedsPanel } from './NeedsPanel';
import css from './settings.module.css';

export interface RestoreScreenProps {
  control: BackupControl;
  onBack: () => void;
  onOpenPanel: (() => void) | undefined;
}

export function RestoreScreen({ control, onBack, onOpenPanel }: RestoreScreenProps) {
  useEffect(() => control.stopReading, [control]);
  return (
    <main class={parts.screen}>
      <Header title={t('restore_title')} onBack={onBack} />
      <div class={parts.body}>{onOpenPanel ? <NeedsPanel onOpenPanel={onOpenPanel} /> : <Step control={control} onBack={onBack} />}</div>
    </main>
  );
}

function Step({ control, onBack }: Pick<RestoreScreenProps, 'control' | 'onBack'>) {
  const reading = control.reading.value;
  const isAsking = reading.kind === 'idle' || reading.kind === 'failed';
  return (
    <>
      {isAsking && <FailureNotice progress={reading} />}
      {/* Stays while it is hidden: after a wrong passphrase the file need not be chosen again. */}
      <div hidden={!isAsking}>
        <FileForm onRead={control.read} />
      </div>
      <Answer {...{ control, reading, onBack }} />
    </>
  );
}

function Answer({ control, reading, onBack }: Pick<RestoreScreenProps, 'control' | 'onBack'> & { reading: Reading }) {
  switch (reading.kind) {
    case 'idle':
    case 'failed':
      return null;
    case 'running':
      return (
        <div class={css.form}>
          <Share words={t('restore_reading')} share={reading.share} />
          <Button kind="quiet" onPress={control.stopReading}>
            {t('backup_stop')}
          </Button>
        </div>
      );
    case 'shown':
    case 'keeping':
      return <Found found={reading.found} isPending={reading.kind === 'keeping'} onKeep={control.keep} onDiscard={onBack} />;
    default:
      return reading satisfies never;
  }
}

function asBackupFile(file: File): BackupFile {
  return {
    sizeBytes: file.size,
    read: async (start, end) => new Uint8Array(await file.slice(start, end).arrayBuffer()),
  };
}

function FileForm({ onRead }: { onRead: (file: BackupFile, passphrase: string) => void }) {
  const id = useId();
  const [file, setFile] = useState<File | null>(null);
  const [passphrase, setPassphrase] = useState('');
  const submit = (event: Event) => {
    event.preventDefault();
    if (!file || passphrase === '') return;
    onRead(asBackupFile(file), passphrase);
    setPassphrase('');
  };
  return (
    <form class={css.form} onSubmit={submit}>
      <p class={css.aside}>{t('restore_explain')}</p>
      <label for={id}>{t('restore_file')}</label>
      <input
        id={id}
        class={css.file}
        type="file"
        accept=".tincan-backup"
        onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)}
      />
      <Field label={t('restore_passphrase')} value={passphrase} onInput={setPassphrase} maxLength={256} isSecret />
      <Button type="submit" isDisabled={!file || passphrase === ''}>
        {t('restore_read')}
      </Button>
    </form>
  );
}

interface FoundProps {
  found: RestoreView;
  isPending: boolean;
  onKeep: () => void;
  onDiscard: () => void;
}

function Found({ found, isPending, onKeep, onDiscard }: FoundProps) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const { span } = found;
  const made = dayAndTime(found.madeAtMs);
  return (
    <section class={css.section}>
      <h2 class={css.title} tabIndex={-1} ref={title}>
        {t('restore_found')}
      </h2>
      <p dir="auto">{safeName(found.name)}</p>
      <Fingerprint value={found.fingerprint} />
      <dl class={css.shortcuts}>
        <Row words={t('restore_made')} value={made} />
        <Row words={t('backup_contacts')} value={countWords(found.contacts)} />
        <Row words={t('restore_messages')} value={countWords(found.messages)} />
        {span && <Row words={t('restore_first')} value={longDate(span.fromMs)} />}
        {span && <Row words={t('restore_last')} value={longDate(span.toMs)} />}
      </dl>
      <p>{t('restore_after', made)}</p>
      <p class={css.aside}>{t('restore_again')}</p>
      <p class={css.aside}>{t('restore_elsewhere')}</p>
      <p class={css.aside}>{t('restore_no_lock')}</p>
      <Button isDisabled={isPending} onPress={onKeep}>
        {t(isPending ? 'restore_keeping' : 'restore_keep')}
      </Button>
      <Button kind="quiet" isDisabled={isPending} onPress={onDiscard}>
        {t('restore_discard')}
      </Button>
    </section>
  );
}
