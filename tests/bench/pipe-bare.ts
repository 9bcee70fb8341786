/** A data channel with nothing around it, between two pages: what the browsers themselves can do. */
import type { PanelDriver } from '../support/browsers';

const PER_SAMPLE = 5;

interface Bare {
  peer: RTCPeerConnection;
  channel: RTCDataChannel;
}

/** Both sides make the same channel, so that none has to be announced. Whole description, candidates included. */
async function describe(theirs: RTCSessionDescriptionInit | null): Promise<RTCSessionDescriptionInit> {
  const here = globalThis as unknown as { bare?: Bare };
  if (here.bare === undefined) {
    const peer = new RTCPeerConnection();
    const channel = peer.createDataChannel('bare', { negotiated: true, id: 0 });
    channel.binaryType = 'arraybuffer';
    here.bare = { peer, channel };
  }
  const { peer, channel } = here.bare;
  if (theirs !== null) {
    await peer.setRemoteDescription(theirs);
    channel.onmessage = ({ data }) => channel.send(data);
  }
  await peer.setLocalDescription();
  if (peer.iceGatheringState !== 'complete') {
    await new Promise<void>((resolve) => {
      peer.onicegatheringstatechange = () => peer.iceGatheringState === 'complete' && resolve();
    });
  }
  return { type: peer.localDescription?.type ?? 'offer', sdp: peer.localDescription?.sdp ?? '' };
}

async function accept(answer: RTCSessionDescriptionInit): Promise<void> {
  const { peer, channel } = (globalThis as unknown as { bare: Bare }).bare;
  const opened = new Promise<void>((resolve) => {
    channel.onopen = () => resolve();
  });
  await peer.setRemoteDescription(answer);
  if (channel.readyState !== 'open') await opened;
}

/** `near` will ping, `far` will answer. */
export async function openBareChannel(near: PanelDriver, far: PanelDriver): Promise<void> {
  const offer = await near.eval(describe, null);
  const answer = await far.eval(describe, offer);
  await near.eval(accept, answer);
}

/**
 * Round trips of 16 bytes, one after the other, in milliseconds. Each sample is the mean of PER_SAMPLE: the page's clock ticks
 * in 0.1 ms, a fifth of one round trip.
 */
export function pingBare(near: PanelDriver, count: number): Promise<number[]> {
  const ping = async (samples: number, perSample: number) => {
    const { channel } = (globalThis as unknown as { bare: Bare }).bare;
    const tookMs: number[] = [];
    for (let i = 0; i < samples; i++) {
      const start = performance.now();
      for (let k = 0; k < perSample; k++) {
        const answered = new Promise<void>((resolve) => {
          channel.onmessage = () => resolve();
        });
        channel.send(new Uint8Array(16));
        await answered;
      }
      tookMs.push((performance.now() - start) / perSample);
    }
    return tookMs;
  };
  return near.eval(ping, count, PER_SAMPLE);
}
