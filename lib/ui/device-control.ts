/** What a page asks of this device's lock and profiles. Leaving what is open saves what was being written first. */
import type { ProtectWish, ViewResult } from '../app/view';
import type { PasskeyControl } from './passkey-control';
import type { Topic } from './progress';
import type { Question } from './view-model';

export interface DevicePorts {
  ask(topic: Topic, question: Question): Promise<ViewResult>;
  readonly passkeys: PasskeyControl;
  saveDrafts(): void;
}

export function createDeviceControl({ ask, passkeys, saveDrafts }: DevicePorts) {
  function leave(topic: Topic, question: Question): void {
    saveDrafts();
    void ask(topic, question);
  }

  return {
    unlock: (secret: string) => void ask('unlock', { kind: 'lock.unlock', secret }),
    canAskPasskeys: passkeys.isOffered,
    unlockByPasskey: () => void passkeys.unlock(),
    addPasskey: (current: string) => void passkeys.add(current),
    removePasskeys: (current: string) => void passkeys.remove(current),
    lockNow: () => leave('lock', { kind: 'lock.now' }),
    protect: (wish: ProtectWish) => void ask('lock', { kind: 'lock.protect', ...wish }),
    lockAfter: (minutes: number) => void ask('lock', { kind: 'lock.auto', minutes }),
    wipe: () => void ask('unlock', { kind: 'lock.wipe' }),
    selectProfile: (profileId: string) => leave('profile', { kind: 'profile.select', profileId }),
    addProfile: (label: string) => leave('profile', { kind: 'profile.add', label }),
    renameProfile: (profileId: string, label: string) => void ask('profile', { kind: 'profile.rename', profileId, label }),
    removeProfile: () => void ask('profile', { kind: 'profile.remove' }),
  };
}
