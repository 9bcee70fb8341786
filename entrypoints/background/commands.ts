/** Keyboard commands. Calls bound to a gesture run first thing in their listener. */
import browser from 'webextension-polyfill';
import type { Front } from '../../lib/app/front';
import { openPanel } from '../../lib/bus/panel';
import { report } from './world';

export function registerCommands(front: Front): void {
  browser.commands?.onCommand.addListener((command, tab) => {
    if (command === 'open-panel') openPanel(tab?.windowId).catch(report);
    if (command === 'toggle-mute') front.toggleMute();
    if (command === 'lock-now') front.lock();
  });
}
