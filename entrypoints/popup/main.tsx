/** The toolbar popup: the same product as the side panel, and a way into it. */
import { render } from 'preact';
import browser from 'webextension-polyfill';
import { App } from '../../components/App';
import { createView } from '../../lib/ui/view-model';
import { pageActions, pagePorts, useBrowserWording } from './page-ports';

let windowId: number | undefined;

/** Both calls must come first in the click: an await before them loses the user's gesture. */
function openPanel(): void {
  if (browser.sidebarAction) void browser.sidebarAction.open();
  else if (windowId !== undefined) void chrome.sidePanel.open({ windowId });
  close();
}

useBrowserWording();
void browser.windows.getCurrent().then((current) => {
  windowId = current.id;
});
const app = document.getElementById('app');
if (app) render(<App model={createView(pagePorts())} page={{ ...pageActions(), openPanel }} />, app);
