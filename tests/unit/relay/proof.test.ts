import { describe, expect, test } from 'vitest';
import { toHex } from '../../../lib/protocol/bytes';
import { ProtocolError } from '../../../lib/protocol/errors';
import { inviteDeletionMessage, proofMessage, relayOrigin } from '../../../lib/protocol/relay-proof';

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

  test('is written as PROTOCOL.md says', () => {
    const label = Buffer.from('tincan/1/relay proof\0').toString('hex');
    expect(toHex(proofMessage(base))).toBe(`${label}00077773733a2f2f61${'00'.repeat(32)}${'00'.repeat(24)}01`);
  });
});
