/** Chrome's offscreen document: the network host on a port to the background. */
import browser from 'webextension-polyfill';
import { LINK_PORT, type LinkCommand, type LinkFrame } from '../../lib/app/link';
import { AWAKE_BROADCAST } from '../../lib/app/view';
import { connectRuntimePort } from '../../lib/bus/runtime-port';
import { startHost } from '../../lib/net/browser-host';

const host = startHost(() => connectRuntimePort<LinkCommand, LinkFrame>(LINK_PORT));

browser.runtime.onMessage.addListener((message: unknown) => {
  if (message === AWAKE_BROADCAST) host.wake();
  return undefined;
});
