/** The browser's chrome around the product: notifications, the toolbar badge, the alarm that wakes a dead worker. */
import browser from 'webextension-polyfill';
import type { Shell } from '../app/ports';

const LOCKED_NOTICE = 'locked';
const WAKE_ALARM = 'wake';
const CHECK_ALARM = 'check';
const CHECK_MINUTES = 15;
const ACCENT = '#0F6B60';
const MUTED = '#8F5700';

/** MV2 calls it the browser action. */
const toolbar = browser.action ?? browser.browserAction;

function badgeText(unread: number, isMuted: boolean | null): string {
  if (isMuted) return 'M';
  if (unread === 0) return '';
  return unread > 99 ? '99+' : String(unread);
}

export function createShell(): Shell {
  const quiet = (done: Promise<unknown>) => void done.catch(() => undefined);
  // Setting it anew at each wake would put it off for as long as the worker keeps waking.
  quiet(
    browser.alarms.get(CHECK_ALARM).then(async (alarm) => {
      if (!alarm) await browser.alarms.create(CHECK_ALARM, { periodInMinutes: CHECK_MINUTES });
    }),
  );
  return {
    notify({ contactId, name, kind }) {
      const title = browser.i18n.getMessage(kind === 'message' ? 'notice_message' : 'notice_request', name);
      const options = {
        type: 'basic' as const,
        iconUrl: browser.runtime.getURL('icon/128.png'),
        title,
        message: browser.i18n.getMessage('app_name'),
      };
      quiet(browser.notifications.create(contactId, options));
    },
    dismiss: (contactId) => quiet(browser.notifications.clear(contactId)),
    notifyLocked() {
      const options = {
        type: 'basic' as const,
        iconUrl: browser.runtime.getURL('icon/128.png'),
        title: browser.i18n.getMessage('notice_locked'),
        message: browser.i18n.getMessage('app_name'),
      };
      quiet(browser.notifications.create(LOCKED_NOTICE, options));
    },
    dismissAll() {
      quiet(
        browser.notifications.getAll().then((notices) => Promise.all(Object.keys(notices).map((id) => browser.notifications.clear(id)))),
      );
    },
    badge({ unread, isMuted }) {
      quiet(toolbar.setBadgeText({ text: badgeText(unread, isMuted) }));
      quiet(toolbar.setBadgeBackgroundColor({ color: isMuted ? MUTED : ACCENT }));
    },
    wakeAt: (atMs) => quiet(browser.alarms.create(WAKE_ALARM, { when: atMs })),
  };
}
