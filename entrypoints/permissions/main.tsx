/** A tab of one purpose: panel, popup and background can't raise the browser's question about the microphone. */
import { render } from 'preact';
import { type MicrophoneAnswer, PermissionsPage } from '../../components/permissions/PermissionsPage';
import { useBrowserWording } from '../popup/page-ports';

const IS_MISSING = new Set(['NotFoundError', 'NotReadableError', 'OverconstrainedError']);

async function askMicrophone(): Promise<MicrophoneAnswer> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    for (const track of stream.getTracks()) track.stop();
    return 'ok';
  } catch (error) {
    return error instanceof DOMException && IS_MISSING.has(error.name) ? 'no-microphone' : 'permission';
  }
}

useBrowserWording();
const app = document.getElementById('app');
if (app) render(<PermissionsPage askMicrophone={askMicrophone} onClose={() => close()} />, app);
