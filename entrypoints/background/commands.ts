/** Keyboard commands and notification clicks. Calls bound to a gesture run first thing in their listener. */
import browser from 'webextension-polyfill';
import type { Messenger } from '../../lib/app/messenger';

function openPanel(windowId: number | undefined): void {
  if (import.meta.env.FIREFOX) void browser.sidebarAction.open();
  else if (windowId !== undefined) void chrome.sidePanel.open({ windowId });
}

function openInTab(): void {
  void browser.tabs.create({ url: browser.runtime.getURL('/sidepanel.html') });
}

export function registerCommands(messenger: Messenger): void {
  browser.commands?.onCommand.addListener((command, tab) => {
    if (command === 'open-panel') openPanel(tab?.windowId);
    if (command === 'toggle-mute') messenger.toggleMute();
  });
  // A click on a notification is no gesture that may open the panel, so the chat opens in a tab.
  browser.notifications.onClicked.addListener((notificationId) => {
    void browser.notifications.clear(notificationId);
    openInTab();
  });
}
