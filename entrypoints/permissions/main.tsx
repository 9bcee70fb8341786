/** A tab of one purpose: panel, popup and background can't raise the browser's question about the microphone. */
import { render } from 'preact';
import { PermissionsPage } from '../../components/permissions/PermissionsPage';
import { adoptBrowserWording } from '../popup/page-ports';
import { askMicrophone } from './microphone';

adoptBrowserWording();
const app = document.getElementById('app');
if (app) render(<PermissionsPage askMicrophone={askMicrophone} onClose={() => close()} />, app);
