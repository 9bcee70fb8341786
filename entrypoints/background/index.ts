/** The background: registers every listener synchronously, then loads the journal. Composition only. */
import browser, { type Runtime } from 'webextension-polyfill';
import { defineBackground } from 'wxt/utils/define-background';
import { createFront } from '../../lib/app/front';
import { LINK_PORT, type LinkCommand, type LinkFrame } from '../../lib/app/link';
import { AWAKE_BROADCAST, VIEW_PORT } from '../../lib/app/view';
import { portChannel } from '../../lib/bus/runtime-port';
import { registerCommands } from './commands';
import { ensureNetwork, startNetwork } from './network';
import { registerNotices } from './notices';
import { backgroundWorld, browserIdleness, deviceProfiles } from './world';

const DEFAULT_RELAY: string = import.meta.env.WXT_RELAY_URL ?? 'ws://127.0.0.1:8787';

/** Any other page that called itself the host could take its place, and so could the host's own document in a tab. */
function isOffscreen({ url, tab }: Runtime.MessageSender): boolean {
  return url === browser.runtime.getURL('/offscreen.html') && tab === undefined;
}

export default defineBackground({
  persistent: true,
  main() {
    const options = { world: backgroundWorld(), profiles: deviceProfiles(), idleness: browserIdleness(), defaultRelay: DEFAULT_RELAY };
    const front = createFront(options);
    browser.runtime.onConnect.addListener((port) => {
      if (port.sender?.id !== browser.runtime.id) return;
      if (port.name === VIEW_PORT) front.attachPage(portChannel(port));
      if (port.name === LINK_PORT && isOffscreen(port.sender)) attachHost(port);
    });
    const attachHost = (port: Runtime.Port) => {
      const channel = portChannel<LinkFrame, LinkCommand>(port);
      front.attachHost(channel);
      channel.onClose(ensureNetwork);
    };
    browser.idle.onStateChanged.addListener((state) => {
      if (state !== 'active') front.idle();
    });
    browser.alarms.onAlarm.addListener(() => {
      ensureNetwork();
      front.tick();
    });
    browser.runtime.onUpdateAvailable.addListener(() => front.updateReady());
    registerCommands(front);
    registerNotices(front);
    const started = front.start();
    startNetwork(front);
    // Pages and host let go of a dead worker; this tells the visible ones that one is back.
    browser.runtime.sendMessage(AWAKE_BROADCAST).catch(() => undefined);
    void started.then(() => front.tick());
  },
});
