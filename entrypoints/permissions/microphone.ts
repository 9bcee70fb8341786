/** The microphone as a page gets it, and why it may not. */
import type { MicrophoneAnswer } from '../../components/permissions/PermissionsPage';

const MISSING = new Set(['NotFoundError', 'NotReadableError', 'OverconstrainedError']);

export type Capture = { readonly kind: 'open'; readonly stream: MediaStream } | { readonly kind: Exclude<MicrophoneAnswer, 'ok'> };

export async function openMicrophone(): Promise<Capture> {
  try {
    return { kind: 'open', stream: await navigator.mediaDevices.getUserMedia({ audio: true }) };
  } catch (error) {
    return { kind: error instanceof DOMException && MISSING.has(error.name) ? 'no-microphone' : 'permission' };
  }
}

/** Raises the browser's question and lets the microphone go again. */
export async function askMicrophone(): Promise<MicrophoneAnswer> {
  const capture = await openMicrophone();
  if (capture.kind !== 'open') return capture.kind;
  for (const track of capture.stream.getTracks()) track.stop();
  return 'ok';
}
