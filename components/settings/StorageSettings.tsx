/** What is stored on this device, whether it stays, and when it was last copied. */
import { useEffect } from 'preact/hooks';
import { backupWords, countWords, keptWords, roomWords, sizeWords } from '../../lib/ui/storage-words';
import { t } from '../../lib/ui/text';
import type { StorageView } from '../../lib/ui/views';
import { StateLine } from '../parts/StateLine';
import css from './settings.module.css';

export interface StorageSettingsProps {
  /** Null until it was looked at. */
  storage: StorageView | null;
  nowMs: number;
  onLook: () => void;
}

export function StorageSettings({ storage, nowMs, onLook }: StorageSettingsProps) {
  useEffect(onLook, []);
  return storage && <Standing storage={storage} nowMs={nowMs} />;
}

function Standing({ storage, nowMs }: { storage: StorageView; nowMs: number }) {
  const { usedBytes, freeBytes, messages } = storage;
  const backup = backupWords(storage, nowMs);
  const room = roomWords(storage);
  const facts = [
    [t('storage_used'), sizeWords(usedBytes)],
    [t('storage_messages'), messages === null ? '…' : countWords(messages)],
    [t('storage_free'), freeBytes === null ? t('storage_free_unknown') : sizeWords(freeBytes)],
    [t('storage_backup'), backup.when],
  ];
  return (
    <section class={css.section} aria-label={t('storage')}>
      {room && <StateLine words={room} class={css.state} />}
      <dl class={css.shortcuts}>
        {facts.map(([name, value]) => (
          <div key={name} class={css.shortcut}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {backup.reminder !== null && <p class={css.aside}>{backup.reminder}</p>}
      <StateLine words={keptWords(storage)} class={css.state} />
      <p class={css.aside}>{t('storage_aside')}</p>
    </section>
  );
}
