import { describe, expect, it } from 'vitest';
import { iceConfiguration, selectedPath } from '../../../lib/net/ice';

function connectionWith(reports: readonly Record<string, unknown>[]): RTCPeerConnection {
  return { getStats: async () => reports } as unknown as RTCPeerConnection;
}

const CANDIDATES = [
  { id: 'L', type: 'local-candidate', candidateType: 'host', protocol: 'udp' },
  { id: 'R', type: 'remote-candidate', candidateType: 'prflx', protocol: 'udp' },
  { id: 'T', type: 'remote-candidate', candidateType: 'relay', protocol: 'udp' },
];

describe('the configuration of a string', () => {
  it('takes STUN addresses and leaves out everything else, TURN above all', () => {
    const urls = [
      'turn:relay.example:3478',
      'stun:relay.example:3478',
      'stuns:[2001:db8::1]:5349',
      'stun:',
      'stun:a b',
      'https://relay.example',
      'turns:x',
    ];
    expect(iceConfiguration(urls).iceServers).toEqual([{ urls: ['stun:relay.example:3478', 'stuns:[2001:db8::1]:5349'] }]);
    expect(iceConfiguration(['turn:relay.example']).iceServers).toEqual([]);
  });

  it('asks at most four servers', () => {
    const urls = Array.from({ length: 9 }, (_, i) => `stun:s${i}.example`);
    expect(iceConfiguration(urls).iceServers?.[0]?.urls).toHaveLength(4);
  });
});

describe('the selected path', () => {
  it('is named by the transport in Chromium', async () => {
    const pairs = [
      { id: 'P1', type: 'candidate-pair', localCandidateId: 'L', remoteCandidateId: 'T' },
      { id: 'P2', type: 'candidate-pair', localCandidateId: 'L', remoteCandidateId: 'R' },
      { id: 'X', type: 'transport', selectedCandidatePairId: 'P2' },
    ];
    expect(await selectedPath(connectionWith([...CANDIDATES, ...pairs]))).toEqual({
      local: 'host',
      remote: 'prflx',
      protocol: 'udp',
      isDirect: true,
    });
  });

  it('is marked on the pair in Firefox, and a relayed end is not direct', async () => {
    const pairs = [
      { id: 'P1', type: 'candidate-pair', selected: false, localCandidateId: 'L', remoteCandidateId: 'R' },
      { id: 'P2', type: 'candidate-pair', selected: true, localCandidateId: 'L', remoteCandidateId: 'T' },
    ];
    expect(await selectedPath(connectionWith([...CANDIDATES, ...pairs]))).toMatchObject({ remote: 'relay', isDirect: false });
  });

  it('is null before there is one', async () => {
    expect(await selectedPath(connectionWith(CANDIDATES))).toBeNull();
  });
});
