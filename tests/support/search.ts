/** Search as a page asks for it, without its screen: for what must be timed, or asked where no one types. */
import type { FoundView } from '../../lib/app/view';
import type { PanelDriver } from './browsers';

export interface Answered {
  readonly found: FoundView;
  /** From the opening of the port, which wakes the background, to the hits. */
  readonly sinceOpeningMs: number;
  /** From the question to the hits. */
  readonly tookMs: number;
}

/** Opens a port, asks once, closes it. `contactId`: that conversation alone. */
export function searchFrom(panel: PanelDriver, text: string, contactId: string | null = null): Promise<Answered> {
  return panel.eval(
    (query: string, within: string | null) =>
      new Promise<Answered>((resolve, reject) => {
        const openedMs = performance.now();
        let askedMs = openedMs;
        const port = chrome.runtime.connect({ name: 'view' });
        const id = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
        port.onMessage.addListener((frame: { kind: string; id?: string; result?: { ok: boolean; code?: string; found?: FoundView } }) => {
          if (frame.kind === 'snapshot') {
            askedMs = performance.now();
            port.postMessage({ kind: 'search.find', id, text: query, contactId: within, limit: 50 });
          }
          if (frame.kind !== 'result' || frame.id !== id) return;
          const nowMs = performance.now();
          port.disconnect();
          const found = frame.result?.found;
          if (found) resolve({ found, sinceOpeningMs: nowMs - openedMs, tookMs: nowMs - askedMs });
          else reject(new Error(`no hits: ${frame.result?.code}`));
        });
        port.postMessage({ kind: 'hello', epoch: null, revision: 0, conversation: null, isVisible: false });
      }),
    text,
    contactId,
  );
}
