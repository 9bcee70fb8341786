/** The toolbar popup: the same product as the side panel, and a way into it. */
import { render } from 'preact';
import browser from 'webextension-polyfill';
import { App } from '../../components/App';
import { openPanel } from '../../lib/bus/panel';
import { createView } from '../../lib/ui/view-model';
import { adoptBrowserWording, pageActions, pagePorts } from './page-ports';

let windowId: number | undefined;

adoptBrowserWording();
void browser.windows.getCurrent().then((current) => {
  windowId = current.id;
});
const app = document.getElementById('app');
if (app)
  render(
    <App model={createView(pagePorts())} page={{ ...pageActions(), openPanel: () => void openPanel(windowId).then(() => close()) }} />,
    app,
  );
