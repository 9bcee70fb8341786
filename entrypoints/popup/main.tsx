/** The toolbar popup: the same product as the side panel, and a way into it. */
import { render } from 'preact';
import browser from 'webextension-polyfill';
import { App } from '../../components/App';
import { createView } from '../../lib/ui/view-model';
import { adoptBrowserWording, pageActions, pagePorts } from './page-ports';

let windowId: number | undefined;

/** Each call must come first in the click: an await before it loses the user's gesture. */
function openPanel(): void {
  if (browser.sidebarAction) void browser.sidebarAction.open().then(() => close());
  else if (windowId !== undefined) void chrome.sidePanel.open({ windowId }).then(() => close());
}

adoptBrowserWording();
void browser.windows.getCurrent().then((current) => {
  windowId = current.id;
});
const app = document.getElementById('app');
if (app) render(<App model={createView(pagePorts())} page={{ ...pageActions(), openPanel }} />, app);
