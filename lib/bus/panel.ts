/** Chrome's side panel, Firefox's sidebar. */
import browser from 'webextension-polyfill';

/** Must be the first call in the user's gesture: an await before it loses the gesture. */
export async function openPanel(windowId: number | undefined): Promise<void> {
  if (import.meta.env.FIREFOX) await browser.sidebarAction.open();
  else if (windowId !== undefined) await chrome.sidePanel.open({ windowId });
}
