/** The view port as a page uses it, without the screen: for what must be done in one exact way, or be read whole. */
import type { MessageView, ViewCommand, ViewResult } from '../../lib/app/view';
import type { PanelDriver } from './browsers';

type Asked<C = ViewCommand> = C extends { id: string } ? Omit<C, 'id'> & { id?: string } : never;

/** Opens a port, asks, closes it. Wakes the background. */
export function askView(panel: PanelDriver, command: Asked): Promise<ViewResult> {
  const id = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('hex');
  return panel.eval(
    (asked: { readonly id: string }) =>
      new Promise<ViewResult>((resolve) => {
        const port = chrome.runtime.connect({ name: 'view' });
        port.onMessage.addListener((frame: { kind: string; id?: string; result: ViewResult }) => {
          if (frame.kind === 'snapshot') port.postMessage(asked);
          if (frame.kind !== 'result' || frame.id !== asked.id) return;
          port.disconnect();
          resolve(frame.result);
        });
        port.postMessage({ kind: 'hello', epoch: null, revision: 0, conversation: null, isVisible: false });
      }),
    { id, ...command },
  );
}

/** Every message of a conversation, oldest first, window by window. */
export function conversationOf(panel: PanelDriver, contactId: string): Promise<readonly MessageView[]> {
  return panel.eval(
    (wanted: string) =>
      new Promise<readonly MessageView[]>((resolve) => {
        const port = chrome.runtime.connect({ name: 'view' });
        let all: readonly MessageView[] = [];
        const goOn = (messages: readonly MessageView[], hasEarlier: boolean) => {
          all = [...messages, ...all];
          if (hasEarlier) port.postMessage({ kind: 'conversation.earlier', contactId: wanted, before: all[0]?.sequence });
          else {
            port.disconnect();
            resolve(all);
          }
        };
        port.onMessage.addListener((frame) => {
          if (frame.kind === 'snapshot') goOn(frame.view.conversation?.messages ?? [], frame.view.conversation?.hasEarlier ?? false);
          if (frame.kind !== 'patch') return;
          for (const patch of frame.patches) if (patch.kind === 'earlier') goOn(patch.messages, patch.hasEarlier);
        });
        port.postMessage({ kind: 'hello', epoch: null, revision: 0, conversation: wanted, isVisible: false });
      }),
    contactId,
  );
}
