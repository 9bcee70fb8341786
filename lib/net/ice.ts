/** Knows how a string may find its path, and why it found none: STUN only, never TURN, so that a path is direct or there is none. */
import type { StringCause } from '../app/link';

const STUN_URL = /^stuns?:(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i;
const MAX_STUN_URLS = 4;

/** Addresses come from a relay's HELLO: what isn't plain STUN is left out, since a bad one would make the constructor throw. */
export function iceConfiguration(stunUrls: readonly string[]): RTCConfiguration {
  const urls = stunUrls.filter((url) => STUN_URL.test(url)).slice(0, MAX_STUN_URLS);
  return {
    iceServers: urls.length > 0 ? [{ urls }] : [],
    iceTransportPolicy: 'all',
    // One transport for text and sound: every candidate then belongs to the first media line.
    bundlePolicy: 'max-bundle',
    rtcpMuxPolicy: 'require',
  };
}

/** An address that STUN showed, after the number of its socket: what is shown to one socket twice need not be the same. */
const REFLEXIVE = /^a=candidate:(\S+ \d+) udp \d+ (\S+ \d+) typ srflx/gim;

/** How the world sees the side that wrote this description: not at all, under one address a socket, or under another for each destination. */
export function mappingOf(description: RTCSessionDescription | null): 'unseen' | 'steady' | 'symmetric' {
  const addresses = new Map<string, string>();
  // Foundation and component together stand for one socket (RFC 8445 section 5.1.1.3): Firefox hides the socket's own address.
  for (const [, socket = '', address = ''] of description?.sdp.matchAll(REFLEXIVE) ?? []) {
    const known = addresses.get(socket) ?? address;
    if (known !== address) return 'symmetric';
    addresses.set(socket, address);
  }
  return addresses.size === 0 ? 'unseen' : 'steady';
}

/** Why this connection found no path, as far as its candidates tell. To be asked before it is closed. */
export function noPathCause(connection: RTCPeerConnection): StringCause {
  const { localDescription, remoteDescription, iceGatheringState } = connection;
  if (!remoteDescription) return 'no-answer';
  if (!connection.getConfiguration().iceServers?.length) return 'no-path';
  const [mine, theirs] = [mappingOf(localDescription), mappingOf(remoteDescription)];
  if (mine === 'symmetric' && theirs === 'symmetric') return 'symmetric-nats';
  // Gathering ends at once when STUN answers, also when it shows nothing new, as to a browser with a public address.
  if (mine === 'unseen' && iceGatheringState !== 'complete') return theirs === 'unseen' ? 'stun-silent' : 'udp-blocked';
  return mine !== 'unseen' && theirs === 'unseen' ? 'udp-blocked-theirs' : 'no-path';
}

export interface SelectedPath {
  readonly local: string;
  readonly remote: string;
  readonly protocol: string;
  /** No relay candidate on either side. */
  readonly isDirect: boolean;
}

interface PairReport {
  readonly localCandidateId: string;
  readonly remoteCandidateId: string;
}

/** The candidate types of the pair in use; null before there is one. */
export async function selectedPath(connection: RTCPeerConnection): Promise<SelectedPath | null> {
  const reports = new Map<string, Record<string, unknown>>();
  (await connection.getStats()).forEach((report: Record<string, unknown>) => {
    reports.set(String(report.id), report);
  });
  const pair = selectedPair([...reports.values()]);
  if (!pair) return null;
  const local = reports.get(pair.localCandidateId);
  const remote = reports.get(pair.remoteCandidateId);
  if (!local || !remote) return null;
  return {
    local: String(local.candidateType),
    remote: String(remote.candidateType),
    protocol: String(local.protocol),
    isDirect: [local, remote].every((candidate) => ['host', 'srflx', 'prflx'].includes(String(candidate.candidateType))),
  };
}

/** Chromium names the pair in the transport's report; Firefox marks the pair itself. */
function selectedPair(reports: readonly Record<string, unknown>[]): PairReport | undefined {
  const named = reports.find((report) => report.type === 'transport' && report.selectedCandidatePairId)?.selectedCandidatePairId;
  const pair = reports.find((report) => report.type === 'candidate-pair' && (named ? report.id === named : report.selected === true));
  return pair as PairReport | undefined;
}
