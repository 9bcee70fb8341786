/** Knows how a string may find its path: STUN only, never TURN, so that a path is direct or there is none. */
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
