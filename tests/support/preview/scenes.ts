/** Every screen and state worth looking at, by name. */
import type { ConnectionTestView, ContactView, FoundView, HitView, StorageView, View, WaitingView } from '../../../lib/app/view';
import type { LockView } from '../../../lib/app/view-lock';
import { NO_CHOICES } from '../../../lib/domain/choices';
import type { BackupFile } from '../../../lib/ui/backup';
import type { SettingsPage } from '../../../lib/ui/place';
import type { ViewModel } from '../../../lib/ui/view-model';
import { chats } from './chat-scenes';
import { ANA, at, BASE, choosing, conversation, JUN, LEE, MARA, mine, NOW_MS, RIVER, SAM, TOMAS, theirs } from './people';
import { chat, type Scene } from './scene';

const EVERYBODY = [MARA, JUN, RIVER, TOMAS, ANA, SAM, LEE];
const LONG_WORD = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft';

const TALK = conversation(MARA, [
  theirs(1, 'I walked the whole river path yesterday.', at(18, 2, 1)),
  theirs(2, 'Did the bus map come through?', at(14, 21)),
  mine(3, 'Yes. Printing it for everybody now.', at(14, 29), { stage: 'delivered', deliveredAtMs: at(14, 29) }),
  mine(4, 'Sending you the corrected one straight away, nothing on the server.', at(14, 30), { stage: 'read', readAtMs: at(14, 31) }),
  theirs(5, 'On the string now. Call?', at(14, 32)),
]);
const APART = conversation(JUN, [
  theirs(1, 'Where did you leave the key?', at(12, 55)),
  mine(2, 'Key for the shed is under the blue pot.', at(13, 1), { stage: 'held', heldUntilMs: at(13, 1, -7) }),
  mine(3, 'Meeting moved to 18:00', at(13, 5), { stage: 'local' }),
]);
const LONG = conversation(
  MARA,
  Array.from({ length: 50 }, (_, index) =>
    index % 3 === 0
      ? mine(100 + index, `Line ${index} from me`, at(10, index), { stage: 'read', readAtMs: at(10, index + 1) })
      : theirs(100 + index, `Line ${index} from Mara`, at(10, index)),
  ),
  true,
);
const AWKWARD = conversation(JUN, [
  theirs(1, LONG_WORD, at(12, 1)),
  theirs(2, '  indented\n\n    twice\nhttps://example.org/a/very/long/path/that/does/not/end?with=query&and=more', at(12, 2)),
  theirs(3, 'שלום, זה טקסט מימין לשמאל with English inside', at(12, 3)),
  mine(4, '<b>not bold</b> <img src=x onerror=alert(1)>', at(12, 4), { stage: 'delivered', deliveredAtMs: at(12, 4) }),
  mine(5, `${LONG_WORD} ${LONG_WORD}`, at(12, 5), { stage: 'held', heldUntilMs: at(13, 1, -7) }),
]);

const choices = (contact: ContactView): Scene => ({
  ...chat(contact, APART),
  enter: (model) => model.go({ kind: 'contact', contactId: contact.id }),
});
const PASSKEY = { credentialId: new Uint8Array(16), salt: new Uint8Array(32) };
const TWO_PROFILES: Partial<LockView> = {
  profiles: [
    { id: 'tincan', label: 'Work' },
    { id: 'tincan-2', label: '' },
  ],
};
const LOW: StorageView = { usedBytes: 48_200_000, freeBytes: 62e6, room: 'low', isKept: false, messages: 12_408, lastBackupMs: null };
const settings = (page: SettingsPage | null, lock: Partial<LockView> = {}): Scene => ({
  view: BASE,
  lock,
  enter: (model) => model.go({ kind: 'settings', page }),
});
const backup = (enter: (model: ViewModel) => void): Scene => ({
  view: BASE,
  isPanel: true,
  enter: (model) => {
    model.go({ kind: 'settings', page: 'backup' });
    enter(model);
  },
});
const CHOSEN: BackupFile = { sizeBytes: 72 + 2 ** 16, read: async (start, end) => new Uint8Array(end - start) };
const restore = (failures: NonNullable<Scene['failures']>): Scene => ({
  view: { ...BASE, profile: null },
  isPanel: true,
  failures,
  enter: (model) => {
    model.go({ kind: 'restore', isFirst: true });
    model.backup.read(CHOSEN, 'seven blue kettles');
  },
});
const waitsFor = (contact: ContactView, count: number, isCertain = true): WaitingView => ({
  contactId: contact.id,
  messages: Array.from({ length: count }, (_, i) => ({ id: `${i}`.padStart(32, '0'), untilMs: at(9, 30, -4) })),
  isCertain,
});
/** Its test has been run. */
const relay = (test: ConnectionTestView, more: Partial<Scene> = {}): Scene => ({
  view: BASE,
  test,
  enter: (model) => {
    model.go({ kind: 'settings', page: 'relay' });
    void model.relays.runTest();
  },
  ...more,
});
const locked = (lock: Partial<LockView>): Scene => ({ view: BASE, lock: { isLocked: true, secret: 'pin', ...lock } });
const list = (view: Partial<View> = {}): Scene => ({ view: { ...BASE, contacts: EVERYBODY, ...view } });
const add = (tab: 'show' | 'enter', more: Partial<Scene> = {}): Scene => ({
  view: BASE,
  enter: (model) => model.go({ kind: 'add', tab }),
  ...more,
});
const offline = (cause: 'unreachable' | 'refused' | 'replaced') =>
  list({ relay: { kind: 'offline', url: 'wss://relay.home.example', cause, retryAtMs: NOW_MS + 30_000 } });
const REFUSED_INVITE = { selector: 'textarea', text: 'https://relay.home.example/i#AX' };
const hit = (contact: ContactView, sequence: number, atMs: number, ...parts: readonly string[]): HitView => ({
  contactId: contact.id,
  id: sequence.toString(16).padStart(32, 'a'),
  sequence,
  isMine: sequence % 2 === 1,
  atMs,
  // Every second part is what was looked for.
  excerpt: parts.map((text, index) => ({ text, isMatch: index % 2 === 1 })),
});
const FOUND: FoundView = {
  people: [MARA.id],
  hits: [
    hit(JUN, 121, at(13, 1), 'Meet me at the ', 'mar', 'ket, left of the fountain'),
    hit(
      RIVER,
      110,
      at(18, 5, 4),
      '…the whole of it, from the old bridge to where the ',
      'mar',
      'shes begin, and then on along the other bank until dark',
    ),
    hit(TOMAS, 32, at(20, 10, 5), '', LONG_WORD, ' ', 'Mar', 'tin'),
    hit(MARA, 133, at(9, 12, 40), 'מה שלום ', 'מר', 'ים? See the ', 'mar', 'gin'),
  ],
  hasMore: false,
  isPartial: false,
};
const search = (found?: Partial<FoundView>, more: Partial<Scene> = {}): Scene => ({
  ...list(),
  enter: (model) => model.searching.write('mar'),
  ...(found ? { found: { ...FOUND, ...found } } : {}),
  ...more,
});
const chatSearch = (text: string): Scene => ({
  ...chat(MARA, LONG),
  found: { ...FOUND, people: [], hits: FOUND.hits.slice(3) },
  enter(model) {
    model.go({ kind: 'search', contactId: MARA.id });
    model.searching.write(text);
  },
});
const away = (more: Partial<ContactView>): ContactView => ({ ...JUN, ...more });
const here = (more: Partial<ContactView>): ContactView => ({ ...MARA, ...more });
const CLOSED = { kind: 'closed' } as const;
const BLOCKED: ContactView = { ...choosing(JUN, { isBlocked: true }), chosen: { ...JUN.chosen, tellsPresence: false } };
const KEPT = [
  choosing({ ...MARA, unread: 3 }, { mutedUntilMs: NOW_MS + 3600_000 }),
  choosing(RIVER, { isPinned: true }),
  choosing(TOMAS, { isArchived: true }),
  choosing({ ...ANA, state: 'accepted' }, { isPinned: true, mutedUntilMs: Number.MAX_SAFE_INTEGER }),
  BLOCKED,
];

export const SCENES: Readonly<Record<string, Scene>> = {
  loading: { view: BASE, isSilent: true },
  'first-run': { view: { ...BASE, profile: null, relay: { kind: 'none' } } },
  'first-run-refused': {
    view: { ...BASE, profile: null },
    failures: { 'identity.create': 'name-empty' },
    click: 'button[type=submit]',
  },
  locked: locked({}),
  'locked-passkey': locked({ passkeys: [PASSKEY] }),
  'locked-passphrase': locked({ secret: 'passphrase' }),
  'locked-wrong': {
    ...locked({}),
    failures: { 'lock.unlock': 'lock-wrong' },
    type: { selector: 'input', text: '123123' },
    click: 'button[type=submit]',
  },
  'locked-wait': locked({ failed: 6, wipeAfter: 10, retryAtMs: NOW_MS + 60_000 }),
  'locked-damaged': locked({ secret: null, failure: 'vault-damaged' }),
  'locked-others': locked(TWO_PROFILES),
  'locked-wipe': { ...locked({}), click: 'button[type=button]' },
  empty: list({ contacts: [] }),
  list: list({ contacts: EVERYBODY.map((contact) => (contact === MARA ? { ...MARA, unread: 2 } : contact)) }),
  'list-connecting': list({ relay: { kind: 'connecting', url: 'wss://relay.home.example' } }),
  'list-offline': offline('unreachable'),
  'list-refused': offline('refused'),
  'list-replaced': offline('replaced'),
  'list-kept': list({ contacts: KEPT }),
  'list-menu': { ...list(), menu: 'li:last-child button' },
  'list-marked': list({ contacts: EVERYBODY.map((contact) => (contact === JUN ? { ...JUN, isMarkedUnread: true } : contact)) }),
  'list-folded': { ...list({ contacts: KEPT }), click: 'button[aria-expanded]' },
  'list-storage-low': list({ storage: LOW }),
  'list-storage-full': list({ storage: { ...LOW, room: 'full' } }),
  'list-clock': list({ isClockDoubted: true }),
  'list-no-relay': list({ relay: { kind: 'none' }, contacts: [] }),
  search: search({}),
  'search-more': search({ hasMore: true, isPartial: true }),
  'search-nothing': search(),
  'search-failed': search(undefined, { failures: { 'search.find': 'storage-failed' } }),
  'chat-search': chatSearch('mar'),
  'chat-search-empty': chatSearch(''),
  'chat-found': {
    ...chat(MARA, { ...LONG, hasLater: true }),
    enter: (model) => model.goToMessage({ contactId: MARA.id, sequence: 121 }),
  },
  'chat-online': chat(MARA, TALK),
  'chat-offline': chat(JUN, APART),
  'chat-server': chat(away({ chosen: { ...JUN.chosen, routing: 'relay' } }), APART),
  'chat-key-changed': chat(away({ changedFingerprint: '9f3c61d0a47be25888d1f0377a6ce94b' }), APART),
  'chat-not-direct': chat(away({ direct: { mine: 'denied', theirs: 'allowed' } }), APART),
  'chat-theirs-denied': chat(here({ string: CLOSED, direct: { mine: 'allowed', theirs: 'denied' } }), TALK),
  'chat-connecting': chat(here({ string: { kind: 'opening', sinceMs: NOW_MS, after: null } }), TALK),
  'chat-no-path': chat(here({ string: { kind: 'failed', cause: 'symmetric-nats', atMs: NOW_MS } }), TALK),
  'chat-requested': chat(ANA),
  'chat-empty': chat(here({ last: null })),
  'chat-long': chat(MARA, LONG),
  'chat-awkward': chat(away({ name: LONG_WORD, draft: 'One\nTwo\nThree\nFour' }), AWKWARD),
  'chat-refused': {
    ...chat(here({ draft: 'Too long' }), TALK),
    failures: { 'message.send': 'text-too-long' },
    click: 'button[type=submit]',
  },
  ...chats(),
  'voice-starting': chat(here({ voice: { kind: 'starting' } }), TALK),
  'voice-on': chat(here({ voice: { kind: 'on', isMuted: false, hearsThem: true } }), TALK),
  'voice-muted': chat(here({ voice: { kind: 'on', isMuted: true, hearsThem: false } }), TALK),
  'voice-theirs': chat(here({ theirVoice: true }), TALK),
  'voice-denied': chat(here({ voice: { kind: 'failed', cause: 'permission' } }), TALK),
  'voice-no-string': chat(away({ voice: { kind: 'failed', cause: 'no-string' } }), APART),
  'add-show': add('show'),
  'add-show-request': add('show', { view: { ...BASE, contacts: [SAM] } }),
  'add-show-refused': add('show', { failures: { 'invite.show': 'relay-unreachable' } }),
  'add-enter': add('enter'),
  'add-used': add('enter', { failures: { 'invite.take': 'invite-used' }, type: REFUSED_INVITE, click: 'button[type=submit]' }),
  preview: { view: { ...BASE, contacts: [LEE] }, enter: (model) => model.goToContact(LEE.id) },
  request: { view: { ...BASE, contacts: [SAM] }, enter: (model) => model.goToContact(SAM.id) },
  'request-unanswered': {
    view: { ...BASE, contacts: [SAM] },
    enter: (model) => model.goToContact(SAM.id),
    click: 'button[type=submit]',
  },
  choices: choices(JUN),
  'choices-weak-keys': choices(away({ hasWeakKeys: true })),
  'choices-hidden': choices(
    away({
      choices: { ...NO_CHOICES, tellsPresence: false, expiry: { seconds: 3600, base: 'sent' }, mutedUntilMs: at(18, 30) },
      chosen: { ...JUN.chosen, tellsPresence: false },
    }),
  ),
  'choices-blocked': choices(BLOCKED),
  'choices-remove': { ...choices(JUN), click: 'section:last-child > button:last-child' },
  'chat-blocked': chat(BLOCKED, APART),
  'chat-hidden': chat(away({ chosen: { ...JUN.chosen, tellsPresence: false } }), APART),
  settings: settings(null),
  'settings-messages': settings('messages'),
  'settings-privacy': settings('privacy'),
  'settings-notices': settings('notices'),
  'settings-notices-quiet': {
    ...settings('notices'),
    view: { ...BASE, settings: { ...BASE.settings, notify: { ...BASE.settings.notify, quiet: { from: 1320, to: 420 } } } },
  },
  'settings-relay': settings('relay'),
  'settings-relay-busy': relay(
    { relay: { roundTripMs: 34, clockAheadMs: -190_000 }, network: 'symmetric' },
    {
      view: {
        ...BASE,
        contacts: [MARA, { ...JUN, movesTo: 'wss://relay.home.example' }, { ...TOMAS, movesTo: 'wss://relay.home.example' }],
      },
      waiting: [waitsFor(JUN, 1), waitsFor(TOMAS, 12, false)],
    },
  ),
  'settings-relay-well': relay({ relay: { roundTripMs: 21, clockAheadMs: 0 }, network: 'steady' }),
  'settings-relay-blocked': relay({ relay: { roundTripMs: 21, clockAheadMs: 0 }, network: 'blocked' }),
  'settings-relay-away': relay({ relay: null, network: null }),
  'settings-lock': settings('lock'),
  'settings-passkeys': settings('lock', { secret: 'pin', passkeys: [PASSKEY] }),
  'settings-locking': settings('lock', { secret: 'passphrase', isPostponed: true }),
  'settings-profile': settings('profiles'),
  'settings-profiles': settings('profiles', TWO_PROFILES),
  'settings-profile-remove': { ...settings('profiles', TWO_PROFILES), click: 'section > button' },
  'settings-backup': { ...settings('backup'), view: { ...BASE, contacts: EVERYBODY }, isPanel: true },
  'settings-backup-popup': settings('backup'),
  'settings-backup-weak': { ...settings('backup'), isPanel: true, type: { selector: 'input', text: 'tincan' } },
  'settings-backup-running': backup((model) => model.backup.make('seven blue kettles')),
  'settings-backup-ended': { ...backup((model) => model.backup.make('seven blue kettles')), failures: { 'backup.start': 'backup-ended' } },
  restore: { ...settings(null), isPanel: true, enter: (model) => model.go({ kind: 'restore', isFirst: false }) },
  'restore-found': restore({}),
  'restore-wrong': restore({ 'restore.start': 'backup-wrong' }),
  'settings-storage': settings('storage'),
  'settings-storage-low': { ...settings('storage'), view: { ...BASE, storage: LOW } },
  'settings-refused': {
    ...settings('relay'),
    failures: { 'relay.set': 'relay-address' },
    click: 'button[type=submit]',
  },
};

/** The microphone's own page, by the browser's answer. */
export const MICROPHONE_SCENES = ['microphone', 'microphone-denied', 'microphone-missing', 'microphone-ready'] as const;
