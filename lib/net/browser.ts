/** The browser as the network host sees it: everything `createHost` needs but the port, the microphone and the loudspeaker. */
import type { HostOptions } from './host';

type BrowserPorts = Pick<HostOptions, 'newSocket' | 'newPeer' | 'clock' | 'random' | 'now' | 'onOnline'>;

export function browserPorts(): BrowserPorts {
  return {
    newSocket: (url, protocol) => new WebSocket(url, protocol),
    newPeer: (configuration) => new RTCPeerConnection(configuration),
    clock: {
      now: () => Date.now(),
      after(delayMs, run) {
        const timer = setTimeout(run, delayMs);
        return () => clearTimeout(timer);
      },
    },
    random: { bytes: (size) => crypto.getRandomValues(new Uint8Array(size)) },
    now: () => performance.now(),
    onOnline: (listener) => addEventListener('online', listener),
  };
}
