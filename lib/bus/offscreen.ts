/** Chrome's offscreen document: made once, watched, and made again when it is gone. Creation races, so one promise is in flight. */

const PAGE = 'offscreen.html';
let creating: Promise<void> | null = null;

async function create(): Promise<void> {
  const existing = await chrome.runtime.getContexts({ contextTypes: [chrome.runtime.ContextType.OFFSCREEN_DOCUMENT] });
  if (existing.length > 0) return;
  const { Reason } = chrome.offscreen;
  await chrome.offscreen.createDocument({
    url: PAGE,
    // Audio playback alone would be closed after 30 s of silence.
    reasons: [Reason.WEB_RTC, Reason.USER_MEDIA, Reason.AUDIO_PLAYBACK],
    justification: 'Keeps the direct connections to your contacts while the worker sleeps.',
  });
}

/** Resolves once the document exists; safe to call at every wake. */
export function ensureOffscreen(): Promise<void> {
  creating ??= create().finally(() => {
    creating = null;
  });
  return creating;
}
