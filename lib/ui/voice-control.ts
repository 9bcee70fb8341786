/** Turning voice on and off from a page. Where the browser wants the page itself to capture, also that, and letting go again. */
import { computed, signal } from '@preact/signals';
import type { ContactId, ViewCommand, ViewResult } from '../app/view';

export type CaptureCause = 'permission' | 'no-microphone';

/** Firefox only: the page opens the microphone and hands it over; what nobody has taken is closed by `release`. */
export interface VoiceCapture {
  open(contactId: ContactId): Promise<'ok' | CaptureCause>;
  release(contactId: ContactId): void;
}

export interface VoicePorts {
  readonly capture: VoiceCapture | undefined;
  start(contactId: ContactId): Promise<ViewResult>;
  say(command: ViewCommand): void;
}

export function createVoiceControl({ capture, start, say }: VoicePorts) {
  const failure = signal<{ readonly contactId: ContactId; readonly cause: CaptureCause } | null>(null);

  async function startVoice(contactId: ContactId): Promise<void> {
    failure.value = null;
    const captured = capture ? await capture.open(contactId) : 'ok';
    if (captured !== 'ok') {
      failure.value = { contactId, cause: captured };
      return;
    }
    const result = await start(contactId);
    if (!result.ok) capture?.release(contactId);
  }

  return {
    captureFailure: computed(() => failure.value),
    forgetFailure: () => {
      failure.value = null;
    },
    startVoice,
    stopVoice(contactId: ContactId): void {
      say({ kind: 'voice.stop', contactId });
      capture?.release(contactId);
    },
    muteVoice: (isMuted: boolean) => say({ kind: 'voice.mute', isMuted }),
  };
}
