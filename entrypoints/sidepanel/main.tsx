/** The side panel in Chrome, the sidebar in Firefox. */
import { render } from 'preact';
import { App } from '../../components/App';
import { createView } from '../../lib/ui/view-model';
import { adoptBrowserWording, pageActions, pageAuthenticators, pagePorts } from '../popup/page-ports';

adoptBrowserWording();
const app = document.getElementById('app');
if (app) render(<App model={createView({ ...pagePorts(), ...pageAuthenticators() })} page={pageActions()} />, app);
