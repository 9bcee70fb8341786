/** One page of the product: popup and side panel alike. Decides which screen is shown; Esc goes back one level. */
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../lib/ui/text';
import type { ViewModel } from '../lib/ui/view-model';
import type { ContactId, View } from '../lib/ui/views';
import { AnswerContact } from './contacts/AnswerContact';
import { ContactChoices } from './contacts/ContactChoices';
import { ContactList } from './contacts/ContactList';
import { useRowMenu } from './contacts/RowMenu';
import { AddContact } from './invites/AddContact';
import { EnterCode } from './invites/EnterCode';
import { ShowCode } from './invites/ShowCode';
import { LockScreen } from './lock/LockScreen';
import { OtherProfiles } from './lock/OtherProfiles';
import { later } from './parts/later';
import { ChatSearch } from './search/ChatSearch';
import { SearchField } from './search/SearchField';
import { SearchResults } from './search/SearchResults';
import { RestoreScreen } from './settings/RestoreScreen';
import { FirstRun } from './start/FirstRun';
import { Loading } from './start/Loading';

const Chat = later(async () => (await import('./chat/Chat')).Chat);
const SettingsScreen = later(async () => (await import('./settings/SettingsScreen')).SettingsScreen);

/** What only the browser around the page can do. */
export interface PageActions {
  /** Resolves to false when the browser refuses. */
  copy: (text: string) => Promise<boolean>;
  /** Opens the tab that asks for the microphone. */
  openPermissions: () => void;
  /** Popup only. Must run synchronously in the click. */
  openPanel?: () => void;
}

export interface AppProps {
  model: ViewModel;
  page: PageActions;
}

export function App({ model, page }: AppProps) {
  // The first screen is there; the next one is nearly always a chat.
  useEffect(Chat.fetch, []);
  useEffect(() => {
    const goBack = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing || model.place.peek().kind === 'list') return;
      event.preventDefault();
      model.back();
    };
    addEventListener('keydown', goBack);
    return () => removeEventListener('keydown', goBack);
  }, [model]);
  const view = model.view.value;
  const lock = model.lock.value;
  const others = lock && <OtherProfiles lock={lock} onSelect={model.selectProfile} />;
  if (lock?.isLocked && (lock.failure !== null || lock.secret !== null)) {
    const progress = model.progressOf('unlock');
    const onPasskey = lock.passkeys.length > 0 ? passkeyOf(model, page) : null;
    return <LockScreen {...{ lock, progress, others, onPasskey }} now={model.now} onUnlock={model.unlock} onWipe={model.wipe} />;
  }
  if (!view) return <Loading />;
  if (model.place.value.kind === 'restore')
    return <RestoreScreen control={model.backup} onBack={model.back} onOpenPanel={page.openPanel} />;
  if (!view.profile) {
    const onRestore = () => model.go({ kind: 'restore', isFirst: true });
    return <FirstRun progress={model.progressOf('identity')} {...{ others, onRestore }} onName={model.createIdentity} />;
  }
  return <Screen model={model} page={page} view={view} profile={view.profile} />;
}

/** A popup may close when the browser's own window asks for a finger: there the panel asks. */
function passkeyOf(model: ViewModel, { openPanel }: PageActions): (() => void) | null {
  return model.canAskPasskeys.value ? model.unlockByPasskey : (openPanel ?? null);
}

function Screen({ model, page, view, profile }: AppProps & { view: View; profile: NonNullable<View['profile']> }) {
  const place = model.place.value;
  const contact = model.contact.value;
  const lastId = useRef<ContactId | null>(null);
  if (contact) lastId.current = contact.id;
  if (place.kind === 'add') return <Add model={model} page={page} view={view} tab={place.tab} />;
  const lock = model.lock.value;
  if (place.kind === 'settings' && lock) return <SettingsScreen {...{ model, place, profile, view, lock }} onOpenPanel={page.openPanel} />;
  if (place.kind === 'list' || place.kind === 'settings' || place.kind === 'restore' || !contact)
    return <List model={model} page={page} view={view} returnTo={lastId.current} />;
  if (place.kind === 'chat') return <Chat key={contact.id} model={model} contact={contact} page={page} />;
  if (place.kind === 'search') return <ChatSearch model={model} contact={contact} />;
  if (place.kind === 'contact')
    return (
      <ContactChoices
        contact={contact}
        progress={model.progressOf('contact')}
        onDirect={(direct) => model.setDirect(contact.id, direct)}
        settings={view.settings}
        nowMs={model.nowMs.value}
        asking={{ isExplained: view.hints.includes('expiry'), onExplained: () => model.learn('expiry') }}
        onChoose={(choices) => model.choose(contact.id, choices)}
        onRemove={() => model.removeContact(contact.id)}
        onBack={model.back}
      />
    );
  if (place.kind !== 'answer') return place satisfies never;
  return (
    <AnswerContact
      key={contact.id}
      contact={contact}
      progress={model.progressOf('answer')}
      onAccept={(direct) => void model.answerContact(contact.id, direct)}
      onDecline={() => model.declineContact(contact.id)}
      onBack={model.back}
    />
  );
}

function List({ model, page, view, returnTo }: AppProps & { view: View; returnTo: ContactId | null }) {
  const { relay } = view;
  const isLooking = model.searching.text.value.trim() !== '';
  const [onMenu, menu] = useRowMenu(model);
  return (
    <ContactList
      contacts={model.contacts.value}
      relay={relay}
      storage={view.storage}
      onBelieveClock={view.isClockDoubted ? model.believeClock : null}
      nowMs={model.nowMs.value}
      returnTo={returnTo}
      onOpen={model.goToContact}
      onMenu={onMenu}
      menu={menu}
      onNotes={() => void model.openNotes()}
      onAdd={() => model.go({ kind: 'add', tab: 'show' })}
      onSettings={() => model.go({ kind: 'settings', page: null })}
      onRetry={() => relay.kind !== 'none' && model.setRelay(relay.url)}
      onOpenPanel={page.openPanel}
      search={<SearchField model={model} label={t('search_all')} takesFocus={isLooking} />}
      found={isLooking ? <SearchResults model={model} within={null} onMenu={onMenu} /> : null}
    />
  );
}

function Add({ model, page, view, tab }: AppProps & { view: View; tab: 'show' | 'enter' }) {
  return (
    <AddContact
      tab={tab}
      requests={model.contacts.value.filter((contact) => contact.state === 'request')}
      onAnswer={model.goToContact}
      onTab={(next) => model.go({ kind: 'add', tab: next })}
      onBack={model.back}
    >
      {tab === 'show' ? (
        <ShowCode
          invite={view.invite}
          progress={model.progressOf('invite')}
          onAsk={model.showInvite}
          onCancel={model.cancelInvite}
          copy={page.copy}
        />
      ) : (
        <EnterCode progress={model.progressOf('take')} onTake={(text) => void model.takeInvite(text)} />
      )}
    </AddContact>
  );
}
