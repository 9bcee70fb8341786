/** Voice on a string: on, muted or off, as the host says. Heard only while this user's own voice is on. */
import type { Core } from './core';
import type { LinkCommand, LinkEvent } from './link';
import type { VoiceView } from './view';

const TOGGLE_MS = 3000;

interface VoiceEntry {
  view: VoiceView;
  isTheirs: boolean;
}

export interface Voice {
  view(contactId: string): VoiceView;
  isTheirs(contactId: string): boolean;
  /** This user wants to talk with them: keep a string. */
  isWanted(contactId: string): boolean;
  start(contactId: string): void;
  stop(contactId: string): void;
  mute(isMuted: boolean): void;
  /** For a keyboard command: mutes or unmutes whatever is on. */
  toggleMute(): void;
  isOn(): boolean;
  /** Null: no voice is on. */
  isMuted(): boolean | null;
  /** A host has come, known or new, after strings have learned which it has. */
  onHostHello(): void;
  onString(contactId: string, isOpen: boolean): void;
  onState(event: Extract<LinkEvent, { kind: 'voice.state' }>): void;
}

export function createVoice(core: Core): Voice {
  const entries = new Map<string, VoiceEntry>();
  let isToggleOwed = false;
  /** Whom the user last turned voice on for. One microphone, one listener. */
  let chosen: string | null = null;
  /** What was asked while no host was there. A microphone may be open in one that comes back. */
  let owed: LinkCommand[] = [];

  function tellHost(command: LinkCommand): void {
    if (core.link.isAttached()) core.link.send(command);
    else owed.push(command);
  }

  function entry(contactId: string): VoiceEntry {
    let found = entries.get(contactId);
    if (!found) {
      found = { view: { kind: 'off' }, isTheirs: false };
      entries.set(contactId, found);
    }
    return found;
  }

  function setView(contactId: string, view: VoiceView): void {
    entry(contactId).view = view;
    core.hub.contact(contactId);
    core.notices.showBadge();
  }

  const voice: Voice = {
    view: (contactId) => entry(contactId).view,
    isTheirs: (contactId) => entry(contactId).isTheirs,
    isWanted: (contactId) => ['starting', 'on'].includes(entry(contactId).view.kind),
    start(contactId) {
      for (const [other, { view }] of entries) if (other !== contactId && view.kind !== 'off') voice.stop(other);
      chosen = contactId;
      setView(contactId, { kind: 'starting' });
      if (core.strings.openId(contactId)) core.link.send({ kind: 'voice.start', peer: contactId });
      else core.strings.consider(contactId);
    },
    stop(contactId) {
      tellHost({ kind: 'voice.stop', peer: contactId });
      setView(contactId, { kind: 'off' });
    },
    mute(isMuted) {
      tellHost({ kind: 'voice.mute', isMuted });
    },
    toggleMute() {
      const isMuted = voice.isMuted();
      if (isMuted !== null) return voice.mute(!isMuted);
      // The command may be what woke the worker: the host has yet to say which voice is on.
      isToggleOwed = true;
      core.world.clock.after(TOGGLE_MS, () => {
        isToggleOwed = false;
      });
    },
    isOn: () => [...entries.values()].some(({ view }) => view.kind === 'on'),
    isMuted() {
      for (const { view } of entries.values()) if (view.kind === 'on') return view.isMuted;
      return null;
    },
    onHostHello() {
      for (const command of owed) core.link.send(command);
      owed = [];
      for (const contactId of entries.keys()) voice.onString(contactId, core.strings.openId(contactId) !== null);
    },
    onString(contactId, isOpen) {
      const here = entry(contactId);
      if (isOpen && here.view.kind === 'starting') core.link.send({ kind: 'voice.start', peer: contactId });
      if (isOpen) return;
      here.isTheirs = false;
      // What was on goes on by itself when the string is back.
      if (here.view.kind === 'on') setView(contactId, { kind: 'starting' });
    },
    onState({ peer, mine, cause, isMuted, theirs }) {
      const here = entry(peer);
      here.isTheirs = theirs;
      // On since before this worker lived, and no longer wanted: the user has turned to somebody else.
      const isOn = mine === 'on' || mine === 'starting';
      if (isOn && chosen !== null && chosen !== peer) return voice.stop(peer);
      switch (mine) {
        case 'off':
          // While the string is being opened the host knows nothing of the wish to talk.
          return setView(peer, here.view.kind === 'starting' ? here.view : { kind: 'off' });
        case 'starting':
          return setView(peer, { kind: 'starting' });
        case 'on':
          setView(peer, { kind: 'on', isMuted, hearsThem: theirs });
          if (isToggleOwed) voice.mute(!isMuted);
          isToggleOwed = false;
          return;
        case 'failed':
          return setView(peer, { kind: 'failed', cause: cause ?? 'no-microphone' });
        default:
          return mine satisfies never;
      }
    },
  };
  return voice;
}
