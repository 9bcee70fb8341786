/** The profiles of this device: which one is open, the others, one more, and the end of this one. */
import { useState } from 'preact/hooks';
import type { Progress } from '../../lib/ui/progress';
import { t } from '../../lib/ui/text';
import type { LockView } from '../../lib/ui/views';
import { profileLabel } from '../../lib/ui/words';
import { OtherProfiles } from '../lock/OtherProfiles';
import { Button } from '../parts/Button';
import { Field } from '../parts/Field';
import { FailureNotice, Notice } from '../parts/Notice';
import css from './settings.module.css';

export interface ProfileSettingsProps {
  lock: LockView;
  progress: Progress;
  onSelect: (profileId: string) => void;
  onAdd: (label: string) => void;
  onRename: (profileId: string, label: string) => void;
  onRemove: () => void;
}

const MAX_LABEL_CHARS = 40;

export function ProfileSettings({ lock, progress, onSelect, onAdd, onRename, onRemove }: ProfileSettingsProps) {
  const isPending = progress.kind === 'pending';
  const { profiles, activeProfileId } = lock;
  const here = profiles.findIndex((profile) => profile.id === activeProfileId);
  const label = profileLabel(profiles[here]?.label ?? '', here);
  return (
    <section class={css.section}>
      <p class={css.aside}>{t('profiles_aside')}</p>
      <p dir="auto">{t('profile_here', label)}</p>
      <OtherProfiles lock={lock} isDisabled={isPending} onSelect={onSelect} />
      <FailureNotice progress={progress} />
      {profiles.length > 1 && (
        <LabelForm
          key={label}
          label={label}
          words="profile_rename"
          isPending={isPending}
          onLabel={(typed) => onRename(activeProfileId, typed)}
        />
      )}
      <LabelForm key={profiles.length} label="" words="profile_add" isPending={isPending} onLabel={onAdd} />
      {profiles.length > 1 && <RemoveQuestion label={label} onRemove={onRemove} />}
    </section>
  );
}

interface LabelFormProps {
  label: string;
  words: 'profile_rename' | 'profile_add';
  isPending: boolean;
  onLabel: (label: string) => void;
}

function LabelForm({ label, words, isPending, onLabel }: LabelFormProps) {
  const [typed, setTyped] = useState(label);
  const submit = (event: Event) => {
    event.preventDefault();
    if (!isPending) onLabel(typed.trim());
  };
  return (
    <form class={css.form} onSubmit={submit}>
      <Field
        label={t(words === 'profile_add' ? 'profile_add_label' : 'profile_label')}
        value={typed}
        onInput={setTyped}
        maxLength={MAX_LABEL_CHARS}
      />
      <Button type="submit" kind="quiet" isDisabled={isPending || typed.trim() === '' || typed.trim() === label}>
        {t(words)}
      </Button>
    </form>
  );
}

function RemoveQuestion({ label, onRemove }: { label: string; onRemove: () => void }) {
  const [isAsked, setIsAsked] = useState(false);
  if (!isAsked)
    return (
      <Button kind="link" onPress={() => setIsAsked(true)}>
        {t('profile_remove_start')}
      </Button>
    );
  return (
    <div class={css.form}>
      <Notice text={t('profile_remove_explain', label)} />
      <Button kind="quiet" onPress={() => setIsAsked(false)}>
        {t('profile_remove_keep')}
      </Button>
      <Button onPress={onRemove}>{t('profile_remove')}</Button>
    </div>
  );
}
