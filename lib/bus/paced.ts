/** What comes one upon the other is handed on together, once per drawn frame; what comes alone, at once. */
import type { Channel } from './channel';

/** A page that isn't drawn (hidden, or behind another window) goes on by this. */
const LONGEST_FRAME_MS = 100;

/** Runs once, when the browser next draws this page. */
function onNextFrame(run: () => void): void {
  const once = () => {
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    run();
  };
  const frame = requestAnimationFrame(once);
  const timer = setTimeout(once, LONGEST_FRAME_MS);
}

/** The order stays, and all that has come is handed on before the close is. */
export function pacedChannel<In, Out>(channel: Channel<In, Out>, onNext = onNextFrame): Channel<In, Out> {
  const listeners: ((frame: In) => void)[] = [];
  const waiting: In[] = [];
  let isPaced = false;

  const handOn = (frame: In) => listeners.forEach((listener) => void listener(frame));
  const handOnAll = () => {
    for (let frame = waiting.shift(); frame !== undefined; frame = waiting.shift()) handOn(frame);
  };

  function pace(): void {
    isPaced = true;
    onNext(() => {
      isPaced = waiting.length > 0;
      if (isPaced) pace();
      handOnAll();
    });
  }

  return {
    ...channel,
    onFrame(listener) {
      listeners.push(listener);
      if (listeners.length > 1) return;
      channel.onFrame((frame) => {
        if (isPaced) {
          waiting.push(frame);
          return;
        }
        pace();
        handOn(frame);
      });
    },
    onClose(listener) {
      channel.onClose(() => {
        handOnAll();
        listener();
      });
    },
  };
}
