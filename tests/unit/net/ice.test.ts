import { describe, expect, it } from 'vitest';
import { iceConfiguration, noPathCause, selectedPath } from '../../../lib/net/ice';

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

/** As Chromium and Firefox write them; Firefox hides the socket's own address and, unless bundled, gathers for two components. */
const CHROMIUM = {
  host: 'a=candidate:303830529 1 udp 2122260223 192.168.8.2 37013 typ host generation 0 network-id 1',
  seen: 'a=candidate:796032698 1 udp 1685987071 10.9.0.7 19770 typ srflx raddr 192.168.7.2 rport 44412 generation 0',
  again: 'a=candidate:796032698 1 udp 1685987071 10.9.0.7 63446 typ srflx raddr 192.168.7.2 rport 44412 generation 0',
  elsewhere: 'a=candidate:112233445 1 udp 1685987071 10.9.0.9 63446 typ srflx raddr 172.16.0.2 rport 44412 generation 0',
};
const FIREFOX = {
  host: 'a=candidate:0 1 UDP 2122252543 6af4f755-1ddd-4c0d-9857-9b3cf385712f.local 53540 typ host',
  seen: 'a=candidate:1 1 UDP 1686052863 10.9.0.7 48520 typ srflx raddr 0.0.0.0 rport 0',
  again: 'a=candidate:1 1 UDP 1686052607 10.9.0.7 44236 typ srflx raddr 0.0.0.0 rport 0',
  component: 'a=candidate:1 2 UDP 1686052862 10.9.0.7 21963 typ srflx raddr 0.0.0.0 rport 0',
};
const description = (...lines: readonly string[]) => ({ sdp: ['v=0', 'm=audio 9 UDP/TLS/RTP/SAVPF 111', ...lines, ''].join('\r\n') });
const STEADY = description(CHROMIUM.host, CHROMIUM.seen);
const SYMMETRIC = description(FIREFOX.host, FIREFOX.seen, FIREFOX.again);
const UNSEEN = description(FIREFOX.host);

function ended(fields: { readonly mine: object; readonly theirs: object | null; readonly gathering?: string; readonly stun?: string[] }) {
  return {
    localDescription: fields.mine,
    remoteDescription: fields.theirs,
    iceGatheringState: fields.gathering ?? 'complete',
    getConfiguration: () => iceConfiguration(fields.stun ?? ['stun:relay.example:3478']),
  } as unknown as RTCPeerConnection;
}

describe('no path', () => {
  it('without an answer is no word about the network', () => {
    expect(noPathCause(ended({ mine: SYMMETRIC, theirs: null }))).toBe('no-answer');
  });

  it('between two symmetric NATs is said to be theirs, in the words of both browsers', () => {
    expect(noPathCause(ended({ mine: SYMMETRIC, theirs: description(CHROMIUM.seen, CHROMIUM.again) }))).toBe('symmetric-nats');
    expect(noPathCause(ended({ mine: SYMMETRIC, theirs: STEADY }))).toBe('no-path');
    expect(noPathCause(ended({ mine: STEADY, theirs: SYMMETRIC }))).toBe('no-path');
  });

  it('takes two sockets, two components or one line said twice for no symmetric NAT', () => {
    const several = [
      description(CHROMIUM.seen, CHROMIUM.elsewhere),
      description(FIREFOX.seen, FIREFOX.component),
      description(FIREFOX.seen, FIREFOX.seen),
    ];
    for (const mine of several) expect(noPathCause(ended({ mine, theirs: SYMMETRIC }))).toBe('no-path');
  });

  it('where STUN stays silent is that side’s network; on both sides, perhaps the server', () => {
    expect(noPathCause(ended({ mine: UNSEEN, theirs: STEADY, gathering: 'gathering' }))).toBe('udp-blocked');
    expect(noPathCause(ended({ mine: STEADY, theirs: UNSEEN }))).toBe('udp-blocked-theirs');
    expect(noPathCause(ended({ mine: UNSEEN, theirs: UNSEEN, gathering: 'gathering' }))).toBe('stun-silent');
  });

  it('blames nobody where STUN answered with nothing new, or was never asked', () => {
    expect(noPathCause(ended({ mine: UNSEEN, theirs: STEADY }))).toBe('no-path');
    expect(noPathCause(ended({ mine: UNSEEN, theirs: UNSEEN }))).toBe('no-path');
    expect(noPathCause(ended({ mine: UNSEEN, theirs: UNSEEN, gathering: 'gathering', stun: [] }))).toBe('no-path');
  });
});
