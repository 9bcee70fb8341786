/** Keyboard commands and notification clicks. Calls bound to a gesture run first thing in their listener. */
import browser from 'webextension-polyfill';
import type { Front } from '../../lib/app/front';
import { openPanel } from '../../lib/bus/panel';
import { report } from './world';

function openInTab(): void {
  void browser.tabs.create({ url: browser.runtime.getURL('/sidepanel.html') });
}

export function registerCommands(front: Front): void {
  browser.commands?.onCommand.addListener((command, tab) => {
    if (command === 'open-panel') openPanel(tab?.windowId).catch(report);
    if (command === 'toggle-mute') front.toggleMute();
    if (command === 'lock-now') front.lock();
  });
  // A click on a notification is no gesture that may open the panel, so the chat opens in a tab.
  browser.notifications.onClicked.addListener((notificationId) => {
    void browser.notifications.clear(notificationId);
    openInTab();
  });
}
