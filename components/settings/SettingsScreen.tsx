/** Settings: the overview, or the page of it that is open. */
import { useRef } from 'preact/hooks';
import type { Place } from '../../lib/ui/place';
import { movingWords } from '../../lib/ui/relay-words';
import { t } from '../../lib/ui/text';
import type { ViewModel } from '../../lib/ui/view-model';
import type { LockView, ProfileView, SettingsPage, View } from '../../lib/ui/views';
import { Header } from '../parts/Header';
import parts from '../parts/parts.module.css';
import { BackupSettings } from './BackupSettings';
import { ConnectionTest } from './ConnectionTest';
import { LockSettings } from './LockSettings';
import { MessageSettings } from './MessageSettings';
import { NoticeSettings } from './NoticeSettings';
import { PasskeySettings } from './PasskeySettings';
import { PrivacySettings } from './PrivacySettings';
import { ProfileSettings } from './ProfileSettings';
import { RelaySettings } from './RelaySettings';
import { Settings } from './Settings';
import { StorageSettings } from './StorageSettings';
import { WaitingSettings } from './WaitingSettings';

export interface SettingsScreenProps {
  model: ViewModel;
  place: Extract<Place, { kind: 'settings' }>;
  profile: ProfileView;
  view: View;
  lock: LockView;
  onOpenPanel: (() => void) | undefined;
}

const TITLES: Readonly<Record<SettingsPage, string>> = {
  messages: 'settings_messages',
  privacy: 'settings_privacy',
  notices: 'notices',
  relay: 'settings_relay',
  lock: 'lock_settings',
  storage: 'storage',
  profiles: 'profiles',
  backup: 'backup',
};

export function SettingsScreen({ model, place, profile, view, lock, onOpenPanel }: SettingsScreenProps) {
  const last = useRef<SettingsPage | null>(null);
  const { page } = place;
  const returnTo = last.current;
  if (page !== null) last.current = page;
  if (page === null) {
    const onPage = (next: SettingsPage) => model.go({ kind: 'settings', page: next });
    return <Settings key="overview" {...{ profile, view, lock, returnTo, onPage }} onBack={model.back} />;
  }
  return (
    <main key={page} class={parts.screen}>
      <Header title={t(TITLES[page])} onBack={model.back} />
      <div class={parts.body}>
        <Page {...{ model, page, view, lock, onOpenPanel }} />
      </div>
    </main>
  );
}

function Page({ model, page, view, lock, onOpenPanel }: Omit<SettingsScreenProps, 'place' | 'profile'> & { page: SettingsPage }) {
  const chosen = { settings: view.settings, progress: model.progressOf('settings'), onChoose: model.chooseSettings };
  switch (page) {
    case 'messages':
      return (
        <MessageSettings {...chosen} asking={{ isExplained: view.hints.includes('expiry'), onExplained: () => model.learn('expiry') }} />
      );
    case 'privacy':
      return <PrivacySettings {...chosen} />;
    case 'notices':
      return <NoticeSettings {...chosen} />;
    case 'relay':
      return (
        <>
          <RelaySettings
            relay={view.relay}
            moving={movingWords(view.contacts)}
            progress={model.progressOf('relay')}
            onRelay={model.setRelay}
          />
          <WaitingSettings control={model.relays} contacts={view.contacts} />
          <ConnectionTest control={model.relays} />
        </>
      );
    case 'lock':
      return (
        <LockSettings
          lock={lock}
          progress={model.progressOf('lock')}
          onProtect={model.protect}
          onAuto={model.lockAfter}
          onLock={model.lockNow}
          onWipe={model.wipe}
        >
          {lock.secret !== null && (model.canAskPasskeys.value || lock.passkeys.length > 0) && (
            <PasskeySettings
              count={lock.passkeys.length}
              isOffered={model.canAskPasskeys.value}
              progress={model.progressOf('passkey')}
              onAdd={model.addPasskey}
              onRemove={model.removePasskeys}
            />
          )}
        </LockSettings>
      );
    case 'storage':
      return <StorageSettings storage={view.storage} nowMs={model.nowMs.value} onLook={model.lookAtStorage} />;
    case 'profiles':
      return (
        <ProfileSettings
          lock={lock}
          progress={model.progressOf('profile')}
          onSelect={model.selectProfile}
          onAdd={model.addProfile}
          onRename={model.renameProfile}
          onRemove={model.removeProfile}
        />
      );
    case 'backup':
      return (
        <BackupSettings
          view={view}
          control={model.backup}
          onRestore={() => model.go({ kind: 'restore', isFirst: false })}
          onOpenPanel={onOpenPanel}
        />
      );
    default:
      return page satisfies never;
  }
}
