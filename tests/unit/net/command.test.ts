import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readCommand } from '../../../lib/net/command';
import { LINK_COMMANDS } from '../../support/junk';

const STRING_ID = '0123456789abcdef0123456789abcdef';
const START = { peer: 'p', stringId: STRING_ID, isPolite: true, stunUrls: ['stun:relay.example:3478'] };

describe('a command from the port', () => {
  it.each(LINK_COMMANDS)('$kind is taken as it is', (command) => {
    expect(readCommand(command)).toBe(command);
  });

  it.each(LINK_COMMANDS)('$kind is refused when any of its fields is missing or of another type', (command) => {
    for (const field of Object.keys(command)) {
      expect(readCommand({ ...command, [field]: undefined }), field).toBeNull();
      expect(readCommand({ ...command, [field]: [Symbol.iterator] }), field).toBeNull();
    }
  });

  it('is refused past its sizes', () => {
    const signal = (value: unknown) => readCommand({ kind: 'string.signal', ...START, signal: value });
    expect(signal({ kind: 'offer', sdp: 'x'.repeat(16_385) })).toBeNull();
    expect(signal({ kind: 'candidates', candidates: Array(65).fill('candidate:1') })).toBeNull();
    expect(signal({ kind: 'candidates', candidates: ['x'.repeat(513)] })).toBeNull();
    expect(readCommand({ kind: 'string.send', peer: 'p', token: 't', bytes: new Uint8Array(65_537) })).toBeNull();
    expect(readCommand({ kind: 'relay.request', relay: 'r', token: 't', frame: new Uint8Array(4) })).toBeNull();
    expect(readCommand({ kind: 'string.open', ...START, stringId: STRING_ID.toUpperCase() })).toBeNull();
    expect(readCommand({ kind: 'event.ack', upTo: -1 })).toBeNull();
  });

  it('of any other shape is refused, without an error', () => {
    fc.assert(fc.property(fc.anything(), (frame) => readCommand(frame) === null));
  });
});
