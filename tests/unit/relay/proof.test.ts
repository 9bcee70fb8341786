import { createPublicKey, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../../lib/protocol/bytes';
import { ProtocolError } from '../../../lib/protocol/errors';
import { queuePublicKey, signAsQueue } from '../../../lib/protocol/queue-keys';
import { RELAY_PATH, RELAY_SUBPROTOCOL } from '../../../lib/protocol/relay';
import { decodeClientFrame, encodeClientFrame } from '../../../lib/protocol/relay-codec';
import { boxMessage, inviteDeletionMessage, proofMessage, relayOrigin } from '../../../lib/protocol/relay-proof';

describe('a relay address', () => {
  test.each([
    ['ws://127.0.0.1:8787', 'ws://127.0.0.1:8787'],
    ['ws://127.0.0.1:8787/', 'ws://127.0.0.1:8787'],
    ['WSS://Relay.Example', 'wss://relay.example'],
    ['wss://relay.example:443/Path/', 'wss://relay.example/Path'],
    ['ws://relay.example:443', 'ws://relay.example:443'],
    ['http://localhost:80', 'ws://localhost'],
    ['https://relay.example//a//b/', 'wss://relay.example/a/b'],
    ['ws://[::1]:8787', 'ws://[::1]:8787'],
    [' wss://relay.example ', 'wss://relay.example'],
    ['wss://relay.example:1', 'wss://relay.example:1'],
    ['wss://relay.example:65535', 'wss://relay.example:65535'],
  ])('%s is spelled %s', (url, origin) => {
    expect(relayOrigin(url)).toBe(origin);
    expect(relayOrigin(origin)).toBe(origin);
  });

  test.each([
    '',
    'relay.example',
    'ftp://relay.example',
    'wss://',
    'wss:///path',
    'wss://user@relay.example',
    'wss://relay.example?x',
    'wss://relay.example/#x',
    'wss://relay.example/../x',
    'wss://relay.example/./x',
    'wss://relay..example',
    'wss://relay.example:0',
    'wss://relay.example:65536',
    'wss://rеlay.example',
    // Lower-cased, the Kelvin sign is a plain k.
    'wss://\u212aelay.example',
    'wss://relay.example/a b',
    `wss://${'a'.repeat(120)}`,
  ])('%s is refused', (url) => {
    expect(() => relayOrigin(url)).toThrow(ProtocolError);
  });
});

describe('a proof', () => {
  const base = { origin: 'wss://a', nonce: new Uint8Array(32), queueId: new Uint8Array(24), role: 'reader' as const };

  test('differs with the relay, the connection, the queue and the role', () => {
    const messages = [
      proofMessage(base),
      proofMessage({ ...base, origin: 'wss://b' }),
      proofMessage({ ...base, nonce: new Uint8Array(32).fill(1) }),
      proofMessage({ ...base, queueId: new Uint8Array(24).fill(1) }),
      proofMessage({ ...base, role: 'writer' }),
      proofMessage({ ...base, role: 'doorbell' }),
    ].map(toHex);
    expect(new Set(messages).size).toBe(6);
  });

  test("can't be taken for the deletion of an invite", () => {
    const deletion = inviteDeletionMessage({ origin: base.origin, nonce: base.nonce, inviteId: new Uint8Array(16) });
    const label = Buffer.from('tincan/1/invite deletion\0').toString('hex');
    expect(toHex(deletion)).toBe(`${label}00077773733a2f2f61${'00'.repeat(32)}${'00'.repeat(16)}`);
    expect(toHex(proofMessage(base)).startsWith(label)).toBe(false);
  });

  test('of a box is bound to relay, connection, box and step, as PROTOCOL.md says', () => {
    const label = Buffer.from('tincan/1/prekey box\0').toString('hex');
    const message = boxMessage({ origin: base.origin, nonce: base.nonce, boxId: new Uint8Array(16).fill(9), revision: 258 });
    expect(toHex(message)).toBe(`${label}00077773733a2f2f61${'00'.repeat(32)}${'09'.repeat(16)}00000102`);
  });

  test('is signed with the key of its queue, which Node verifies', () => {
    const secret = new Uint8Array(32).fill(5);
    const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), queuePublicKey(secret)]);
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    expect(verify(null, proofMessage(base), key, signAsQueue(secret, proofMessage(base)))).toBe(true);
  });

  test('is written as PROTOCOL.md says', () => {
    const label = Buffer.from('tincan/1/relay proof\0').toString('hex');
    expect(toHex(proofMessage(base))).toBe(`${label}00077773733a2f2f61${'00'.repeat(32)}${'00'.repeat(24)}01`);
  });
});

test('a relay is found where the document says', () => {
  expect([RELAY_SUBPROTOCOL, RELAY_PATH]).toEqual(['relay.v1', '/v1']);
});

test('a lifetime of 0 is said as such: it asks for the relay\u2019s own', () => {
  const frame = {
    kind: 'send',
    sid: new Uint8Array(24),
    messageId: new Uint8Array(16),
    ttlSeconds: 0,
    cell: new Uint8Array(4096),
  } as const;
  expect(decodeClientFrame(encodeClientFrame(frame, 1)).frame).toEqual(frame);
});
