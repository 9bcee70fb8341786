/** The browser around a page, as the model and the components want it. Shared by every page with a conversation in it. */
import browser from 'webextension-polyfill';
import type { PageActions } from '../../components/App';
import type { ViewCommand, ViewFrame } from '../../lib/app/view';
import { AWAKE_BROADCAST, VIEW_PORT } from '../../lib/app/view';
import { pacedChannel } from '../../lib/bus/paced';
import { AUTHENTICATORS } from '../../lib/bus/passkeys';
import { connectRuntimePort } from '../../lib/bus/runtime-port';
import type { HostWindow } from '../../lib/net/browser-host';
import type { FileBytes } from '../../lib/ui/backup';
import { setWording, t } from '../../lib/ui/text';
import type { ViewPorts } from '../../lib/ui/view-model';
import type { VoiceCapture } from '../../lib/ui/voice-control';
import { openMicrophone } from '../permissions/microphone';

/** Words in the language of the file the browser chose; dates as its user writes them, if that is the same language. */
export function adoptBrowserWording(): void {
  const getMessage = (key: string, substitutions: string[]) => browser.i18n.getMessage(key, substitutions);
  setWording({ getMessage, language: 'en' });
  const locale = t('locale');
  const preferred = browser.i18n.getUILanguage();
  setWording({ getMessage, language: preferred.split('-')[0] === locale.split('-')[0] ? preferred : locale });
  document.documentElement.lang = locale;
  document.documentElement.dir = t('direction');
}

/** Until the browser has surely begun to read it. */
const DOWNLOAD_MS = 60_000;

function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function capturedByPages(): Map<string, MediaStream> | undefined {
  // Null in a private window: there is no background page to hand a stream to.
  const host = browser.extension.getBackgroundPage() as HostWindow | null;
  return host?.tincanCaptured;
}

function closeStream(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** Firefox never lets the background page have the microphone: this page opens it, and must stay open while voice is on. */
const VOICE_CAPTURE: VoiceCapture = {
  async open(contactId) {
    const capture = await openMicrophone();
    if (capture.kind !== 'open') return capture.kind;
    const captured = capturedByPages();
    if (!captured) closeStream(capture.stream);
    captured?.set(contactId, capture.stream);
    return captured ? 'ok' : 'permission';
  },
  release(contactId) {
    closeStream(capturedByPages()?.get(contactId));
    capturedByPages()?.delete(contactId);
  },
};

/** Sealed bytes alone come here: a large Blob may be written to the disk by the browser. */
function download(fileName: string, parts: readonly FileBytes[]): void {
  const url = URL.createObjectURL(new Blob([...parts], { type: 'application/octet-stream' }));
  Object.assign(document.createElement('a'), { href: url, download: fileName }).click();
  setTimeout(() => URL.revokeObjectURL(url), DOWNLOAD_MS);
}

/** Of the window this page is in: one that stands beside another program's is seen, and not looked at. */
async function onWindowFocus(listener: (isFocused: boolean) => void): Promise<void> {
  const { id } = await browser.windows.getCurrent();
  browser.windows.onFocusChanged.addListener((windowId) => listener(windowId === id));
}

export function pagePorts(): ViewPorts {
  // A popup that closes says so only by this event: its document is still called visible.
  let isLeaving = false;
  let isFocused = true;
  return {
    connect: () => pacedChannel(connectRuntimePort<ViewFrame, ViewCommand>(VIEW_PORT)),
    onAwake(listener) {
      browser.runtime.onMessage.addListener((message: unknown) => {
        if (message === AWAKE_BROADCAST) listener();
        return undefined;
      });
    },
    isVisible: () => !isLeaving && document.visibilityState === 'visible',
    onVisibility(listener) {
      document.addEventListener('visibilitychange', listener);
      for (const kind of ['pagehide', 'pageshow'])
        addEventListener(kind, () => {
          isLeaving = kind === 'pagehide';
          listener();
        });
      void onWindowFocus((isNowFocused) => {
        isFocused = isNowFocused;
        listener();
      });
    },
    isFocused: () => isFocused,
    after(delayMs, run) {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
    now: () => Date.now(),
    newId: randomId,
    saveFile: download,
    ...(import.meta.env.FIREFOX ? { voiceCapture: VOICE_CAPTURE } : {}),
  };
}

/** Firefox lets no extension page ask for a passkey under its own name (SecurityError, seen with 153). Not for a popup, which may close over it. */
export function pageAuthenticators(): Pick<ViewPorts, 'authenticators'> {
  return import.meta.env.FIREFOX ? {} : { authenticators: AUTHENTICATORS };
}

export function pageActions(): PageActions {
  return {
    copy: (text) =>
      navigator.clipboard.writeText(text).then(
        () => true,
        () => false,
      ),
    openPermissions: () => void browser.tabs.create({ url: browser.runtime.getURL('permissions.html') }),
  };
}
