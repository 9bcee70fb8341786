/** Starts the network host in a real page and lends it a microphone and a loudspeaker. */
import type { LinkCommand, LinkFrame, PeerId } from '../app/link';
import type { Channel } from '../bus/channel';
import { browserPorts } from './browser';
import { chime } from './chime';
import { createHost, type Host } from './host';

/** What other extension pages reach on the host's window: streams to show, and in Firefox the microphone they captured. */
export interface HostWindow {
  tincanHost?: Host;
  /** A page that captured for this contact puts the stream here before the host asks for it. */
  tincanCaptured?: Map<PeerId, MediaStream>;
}

/** Chrome's offscreen document asks itself; Firefox refuses its background page, so there a visible page must have captured. */
function capture(captured: Map<PeerId, MediaStream>) {
  return async (peer: PeerId): Promise<MediaStream> => {
    const handed = captured.get(peer);
    captured.delete(peer);
    if (handed) return handed;
    // The page handed its stream to a string that is gone, and only the user can make it capture again.
    if (import.meta.env.FIREFOX) throw new DOMException('no page captured for this string', 'InvalidStateError');
    return navigator.mediaDevices.getUserMedia({ audio: true });
  };
}

function createPlayer(): (peer: PeerId, stream: MediaStream | null) => void {
  const players = new Map<PeerId, HTMLAudioElement>();
  return (peer, stream) => {
    const player = players.get(peer) ?? new Audio();
    players.set(peer, player);
    player.srcObject = stream;
    if (stream) player.play().catch(() => undefined);
  };
}

export function startHost(connect: () => Channel<LinkCommand, LinkFrame>): Host {
  const captured = new Map<PeerId, MediaStream>();
  const host = createHost({ ...browserPorts(), chime, connect, capture: capture(captured), play: createPlayer() });
  Object.assign(globalThis, { tincanHost: host, tincanCaptured: captured } satisfies HostWindow);
  return host;
}
