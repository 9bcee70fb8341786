/**
 * What a locked device does with the network: it closes every string and every connection that may read, and listens for
 * bells alone. A bell says that something waits in a queue; nothing is fetched, acknowledged or answered.
 */
import { type Bytes, equalBytes } from '../protocol/bytes';
import { signAsQueue } from '../protocol/queue-keys';
import { MAX_PROOFS } from '../protocol/relay';
import { decodeServerFrame, encodeClientFrame } from '../protocol/relay-codec';
import { proofMessage, relayOrigin } from '../protocol/relay-proof';
import type { HostHello, LinkChannel, LinkEvent } from './link';
import type { Bell } from './ports';

export interface DoorbellOptions {
  readonly bells: readonly Bell[];
  readonly onBell: () => void;
  readonly report: (fault: unknown) => void;
}

/** Serves the host from its hello until the channel is closed. */
export function serveDoorbell(host: LinkChannel, { bells, onBell, report }: DoorbellOptions): void {
  const relays = new Set(bells.map(({ relay }) => relay));

  function settle(hello: HostHello): void {
    for (const { peer } of hello.strings) host.send({ kind: 'string.close', peer });
    // What was proved on an open connection stays proved there: only a new one reads nothing.
    for (const { relay } of hello.relays) host.send({ kind: 'relay.close', relay });
    for (const relay of relays) host.send({ kind: 'relay.open', relay });
  }

  function prove(relay: string, nonce: Bytes): void {
    const here = bells.filter((bell) => bell.relay === relay);
    for (let i = 0; i < here.length; i += MAX_PROOFS) {
      const proofs = here.slice(i, i + MAX_PROOFS).map(({ rid, doorbellSecret }) => {
        const message = proofMessage({ origin: relayOrigin(relay), nonce, queueId: rid, role: 'doorbell' });
        return { rid, role: 'doorbell' as const, isLive: false, signature: signAsQueue(doorbellSecret, message) };
      });
      host.send({ kind: 'relay.request', relay, token: `bells:${i}`, frame: encodeClientFrame({ kind: 'sub', proofs }, 0) });
    }
  }

  function take(event: LinkEvent): void {
    if (event.kind !== 'relay.push') return;
    const { frame } = decodeServerFrame(event.frame);
    if (frame.kind === 'hello') prove(event.relay, frame.nonce);
    if (frame.kind === 'bell' && bells.some(({ relay, rid }) => relay === event.relay && equalBytes(rid, frame.rid))) onBell();
  }

  host.onFrame((frame) => {
    try {
      if (frame.kind === 'hello') settle(frame.hello);
      else take(frame.event);
    } catch (error) {
      report(error);
    }
    // Nothing of it is kept: what a relay or a contact is owed an answer for, they still have.
    if (frame.kind === 'event') host.send({ kind: 'event.ack', upTo: frame.sequence });
  });
}
