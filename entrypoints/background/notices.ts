/** Clicks on notifications, and the end of the browser. */
import browser from 'webextension-polyfill';
import type { Front } from '../../lib/app/front';
import { contactOfNotice, NOTICE_BUTTONS } from '../../lib/bus/shell';
import { report } from './world';

const PANEL = '/sidepanel.html';

function openInTab(): void {
  void browser.tabs.create({ url: browser.runtime.getURL(PANEL) });
}

export function registerNotices(front: Front): void {
  browser.notifications.onClicked.addListener((notificationId) => {
    void browser.notifications.clear(notificationId);
    const contactId = contactOfNotice(notificationId);
    const led = contactId === null ? Promise.resolve(false) : front.leadTo(contactId);
    led.then((isSeen) => (isSeen ? undefined : openInTab()), report);
  });
  // Firefox has no buttons on them, and no such event.
  browser.notifications.onButtonClicked?.addListener((notificationId, index) => {
    void browser.notifications.clear(notificationId);
    const contactId = contactOfNotice(notificationId);
    const action = NOTICE_BUTTONS[index];
    if (contactId !== null && action !== undefined) front.onNotice(contactId, action);
  });
}
