/** Clicks on notifications, and the end of the browser. */
import browser from 'webextension-polyfill';
import type { Front } from '../../lib/app/front';
import { openPanel } from '../../lib/bus/panel';
import { contactOfNotice, NOTICE_BUTTONS } from '../../lib/bus/shell';
import { report } from './world';

function openInTab(): void {
  void browser.tabs.create({ url: browser.runtime.getURL('/sidepanel.html') });
}

/** The notification stands over whatever program is in front. */
async function raiseWindow(): Promise<void> {
  const { id } = await browser.windows.getLastFocused();
  if (id !== undefined) await browser.windows.update(id, { focused: true });
}

/** To Chrome a click on a notification is a gesture, which may open the panel of the current window. To Firefox it is none. */
async function showPage(front: Front, contactId: string | null): Promise<void> {
  const opened = openPanel(browser.windows.WINDOW_ID_CURRENT).then(
    () => true,
    () => false,
  );
  const isLed = contactId !== null && (await front.leadTo(contactId));
  if ((await opened) || isLed) await raiseWindow();
  else openInTab();
}

async function closeIfLast(front: Front): Promise<void> {
  if ((await browser.windows.getAll()).length === 0) front.closing();
}

export function registerNotices(front: Front): void {
  browser.notifications.onClicked.addListener((notificationId) => {
    showPage(front, contactOfNotice(notificationId)).catch(report);
    void browser.notifications.clear(notificationId);
  });
  // Firefox has no buttons on them, and no such event.
  browser.notifications.onButtonClicked?.addListener((notificationId, index) => {
    void browser.notifications.clear(notificationId);
    const contactId = contactOfNotice(notificationId);
    const action = NOTICE_BUTTONS[index];
    if (contactId !== null && action !== undefined) front.onNotice(contactId, action);
  });
  // Where a browser ends otherwise, nobody here hears of it: contacts notice when they next ask.
  browser.windows.onRemoved.addListener(() => void closeIfLast(front).catch(report));
}
