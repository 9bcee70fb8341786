/** `runtime.Port` as a Channel, from both ends. */
import browser, { type Runtime } from 'webextension-polyfill';
import type { Channel } from './channel';

/** Wraps a port. Frames that come before the first listener wait for it. */
export function portChannel<In, Out>(port: Runtime.Port): Channel<In, Out> {
  let isOpen = true;
  let early: In[] | null = [];
  const frameListeners: ((frame: In) => void)[] = [];
  const closeListeners: (() => void)[] = [];
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    for (const listener of closeListeners) listener();
  };
  port.onMessage.addListener((frame: unknown) => {
    // What a port carries is the other end's claim: each border validates it before use.
    if (early) early.push(frame as In);
    else for (const listener of frameListeners) listener(frame as In);
  });
  port.onDisconnect.addListener(close);
  return {
    send(frame) {
      if (!isOpen) return;
      try {
        port.postMessage(frame);
      } catch {
        // The other end went away between its death and our notice of it.
        close();
      }
    },
    onFrame(listener) {
      frameListeners.push(listener);
      const waiting = early ?? [];
      early = null;
      for (const frame of waiting) listener(frame);
    },
    onClose(listener) {
      if (isOpen) closeListeners.push(listener);
      else listener();
    },
    close() {
      port.disconnect();
      close();
    },
  };
}

/** Opens a port to the background, waking it. */
export function connectRuntimePort<In, Out>(name: string): Channel<In, Out> {
  return portChannel<In, Out>(browser.runtime.connect({ name }));
}
