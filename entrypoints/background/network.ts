/** Where the network host lives: Chrome's offscreen document, Firefox's background page itself. */

import type { Front } from '../../lib/app/front';
import type { LinkCommand, LinkFrame } from '../../lib/app/link';
import { loopback } from '../../lib/bus/loopback';
import { ensureOffscreen } from '../../lib/bus/offscreen';
import { startHost } from '../../lib/net/browser-host';
import { report } from './world';

/** The document that holds the host may be closed under us: it is looked for at every wake, and made again. */
export function ensureNetwork(): void {
  if (!import.meta.env.FIREFOX) ensureOffscreen().catch(report);
}

export function startNetwork(front: Front): void {
  ensureNetwork();
  if (!import.meta.env.FIREFOX) return;
  startHost(() => {
    const [background, host] = loopback<LinkFrame, LinkCommand>();
    front.attachHost(background);
    return host;
  });
}
