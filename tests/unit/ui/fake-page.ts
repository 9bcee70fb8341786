/** A page's model over ports a test holds in its hand: every connection, timer and change of visibility. */
import type { ContactView, MessageView, View, ViewChannel, ViewCommand, ViewFrame, ViewPatch } from '../../../lib/app/view';
import { createView, type ViewPorts } from '../../../lib/ui/view-model';
import { BASE, person, theirs } from '../../support/preview/people';

export interface Connection {
  readonly sent: ViewCommand[];
  push(frame: ViewFrame): void;
  die(): void;
}

export const MARA = person('Mara Okafor', 12);
export const JUN = person('Jun Li', 13);

interface Timer {
  readonly atMs: number;
  run(): void;
}

export function fakePage(more: Partial<ViewPorts> = {}) {
  const connections: Connection[] = [];
  const awake: (() => void)[] = [];
  const visibility: (() => void)[] = [];
  let timers: Timer[] = [];
  let nowMs = 0;
  let isVisible = true;
  let ids = 0;

  function connect(): ViewChannel {
    const frames: ((frame: ViewFrame) => void)[] = [];
    const closes: (() => void)[] = [];
    const sent: ViewCommand[] = [];
    connections.push({
      sent,
      push: (frame) => frames.forEach((listener) => void listener(frame)),
      die: () => closes.forEach((listener) => void listener()),
    });
    return {
      send: (command) => void sent.push(command),
      onFrame: (listener) => void frames.push(listener),
      onClose: (listener) => void closes.push(listener),
      close: () => undefined,
    };
  }

  const model = createView({
    connect,
    onAwake: (listener) => void awake.push(listener),
    isVisible: () => isVisible,
    onVisibility: (listener) => void visibility.push(listener),
    after(delayMs, run) {
      const timer = { atMs: nowMs + delayMs, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    now: () => nowMs,
    saveFile: () => undefined,
    newId() {
      ids += 1;
      return ids.toString(16).padStart(32, '0');
    },
    ...more,
  });

  const line = () => {
    const last = connections.at(-1);
    if (!last) throw new Error('never connected');
    return last;
  };
  return {
    model,
    connections,
    line,
    /** Commands of one kind on the newest connection. */
    said: <Kind extends ViewCommand['kind']>(kind: Kind) =>
      line().sent.filter((command): command is Extract<ViewCommand, { kind: Kind }> => command.kind === kind),
    snapshot: (view: Partial<View> = {}, revision = 1, epoch = 'one') =>
      line().push({ kind: 'snapshot', epoch, revision, view: { ...BASE, contacts: [MARA, JUN], ...view } }),
    patch: (revision: number, ...patches: ViewPatch[]) => line().push({ kind: 'patch', revision, patches }),
    succeed: (id: string) => line().push({ kind: 'result', id, result: { ok: true } }),
    awake: () => awake.forEach((listener) => void listener()),
    setVisible(next: boolean) {
      isVisible = next;
      visibility.forEach((listener) => void listener());
    },
    /** Runs what is due within `forMs`, in order. */
    pass(forMs: number) {
      const untilMs = nowMs + forMs;
      for (;;) {
        const next = timers.filter((timer) => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
        if (!next) break;
        timers = timers.filter((timer) => timer !== next);
        nowMs = next.atMs;
        next.run();
      }
      nowMs = untilMs;
    },
  };
}

export function incoming(sequence: number, more: Partial<MessageView> = {}): MessageView {
  const id = sequence.toString(16).padStart(32, 'a');
  return { ...theirs(sequence, `text ${sequence}`, 0, false), id, ...more };
}

export function outgoing(id: string, sequence: number): MessageView {
  return { ...incoming(sequence), id, isMine: true, delivery: { stage: 'local' } };
}

/** A page that shows the conversation with Mara. */
export function chatPage(messages: readonly MessageView[] = [], contact: Partial<ContactView> = {}) {
  const page = fakePage();
  const conversation = { contactId: MARA.id, messages, hasEarlier: messages.length > 0, hasLater: false };
  page.snapshot({ contacts: [{ ...MARA, ...contact }, JUN] });
  page.model.goToContact(MARA.id);
  page.patch(1, { kind: 'conversation', conversation });
  return page;
}
