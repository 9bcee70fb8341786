/** The ways to the other profiles of this device; nothing where there is only one. */

import { t } from '../../lib/ui/text';
import type { LockView } from '../../lib/ui/views';
import { profileLabel } from '../../lib/ui/words';
import { Button } from '../parts/Button';
import start from '../start/start.module.css';

export interface OtherProfilesProps {
  lock: LockView;
  isDisabled?: boolean;
  onSelect: (profileId: string) => void;
}

export function OtherProfiles({ lock, isDisabled = false, onSelect }: OtherProfilesProps) {
  if (lock.profiles.length < 2) return null;
  return (
    <ul class={start.form} aria-label={t('profiles_other')}>
      {lock.profiles.map(
        (profile, index) =>
          profile.id !== lock.activeProfileId && (
            <li key={profile.id}>
              <Button kind="quiet" isDisabled={isDisabled} onPress={() => onSelect(profile.id)}>
                {t('profile_open', profileLabel(profile.label, index))}
              </Button>
            </li>
          ),
      )}
    </ul>
  );
}
