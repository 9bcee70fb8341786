/** The browser's chrome around the product: notifications, the toolbar badge, the alarm that wakes a dead worker. */
import browser from 'webextension-polyfill';
import type { Notice, Shell } from '../app/ports';

const LOCKED_NOTICE = 'locked';
const WAKE_ALARM = 'wake';
const CHECK_ALARM = 'check';
const CHECK_MINUTES = 15;
const ACCENT = '#0F6B60';
const MUTED = '#8F5700';

/** In their order on a message's notice. Firefox has none. */
export const NOTICE_BUTTONS = ['read', 'mute'] as const;
const BUTTON_WORDS = { read: 'notice_read', mute: 'notice_mute' } as const;

/** MV2 calls it the browser action. */
const toolbar = browser.action ?? browser.browserAction;

function badgeText(unread: number, isMuted: boolean | null): string {
  if (isMuted) return 'M';
  if (unread === 0) return '';
  return unread > 99 ? '99+' : String(unread);
}

const words = (key: string, ...substitutions: string[]) => browser.i18n.getMessage(key, substitutions);

function titleOf({ kind, name }: Notice): string {
  if (name === null) return words(kind === 'message' ? 'notice_message_hidden' : 'notice_request_hidden');
  return words(kind === 'message' ? 'notice_message' : 'notice_request', name);
}

/** How many there are says nothing of whom they are from or what they are. */
function messageOf({ text, unread }: Notice): string {
  return text ?? (unread > 1 ? words('notice_unread', String(unread)) : words('app_name'));
}

function show(id: string, title: string, message: string, buttons: readonly (keyof typeof BUTTON_WORDS)[] = []): Promise<unknown> {
  const basic = { type: 'basic' as const, iconUrl: browser.runtime.getURL('icon/128.png'), title, message };
  // Firefox refuses both; elsewhere the system's own sound would come on top of ours.
  const more = import.meta.env.FIREFOX ? {} : { silent: true, buttons: buttons.map((each) => ({ title: words(BUTTON_WORDS[each]) })) };
  return browser.notifications.create(id, { ...basic, ...more });
}

/** What a notice's id says of it: its contact, or null for one that names nobody. */
export function contactOfNotice(notificationId: string): string | null {
  return notificationId === LOCKED_NOTICE ? null : notificationId;
}

export function createShell(): Shell {
  const quiet = (done: Promise<unknown>) => void done.catch(() => undefined);
  /** The badge is said anew with every change, and mostly stays as it is; telling the browser takes a millisecond. */
  let shownBadge = '';
  // Setting it anew at each wake would put it off for as long as the worker keeps waking.
  quiet(
    browser.alarms.get(CHECK_ALARM).then(async (alarm) => {
      if (!alarm) await browser.alarms.create(CHECK_ALARM, { periodInMinutes: CHECK_MINUTES });
    }),
  );
  return {
    notify: (notice) => quiet(show(notice.contactId, titleOf(notice), messageOf(notice), notice.kind === 'message' ? NOTICE_BUTTONS : [])),
    dismiss: (contactId) => quiet(browser.notifications.clear(contactId)),
    notifyLocked: () => quiet(show(LOCKED_NOTICE, words('notice_locked'), words('app_name'))),
    dismissAll() {
      quiet(
        browser.notifications.getAll().then((notices) => Promise.all(Object.keys(notices).map((id) => browser.notifications.clear(id)))),
      );
    },
    badge({ unread, isMuted }) {
      const text = badgeText(unread, isMuted);
      if (shownBadge === `${text}|${isMuted}`) return;
      shownBadge = `${text}|${isMuted}`;
      quiet(toolbar.setBadgeText({ text }));
      quiet(toolbar.setBadgeBackgroundColor({ color: isMuted ? MUTED : ACCENT }));
    },
    wakeAt: (atMs) => quiet(browser.alarms.create(WAKE_ALARM, { when: atMs })),
    reload: () => browser.runtime.reload(),
  };
}
