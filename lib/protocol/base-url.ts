/** Which relays this device dials: `wss:` anywhere, `ws:` only where no certificate can be had, on loopback and private addresses. */
import { ProtocolError } from './errors';
import { relayOrigin } from './relay-proof';

/** Dotted decimals in their plain form only. Browsers read `0x7f.1` as an address too; here it is just a name. */
function ipv4Octets(host: string): readonly number[] | null {
  if (!/^(?:(?:0|[1-9]\d{0,2})\.){3}(?:0|[1-9]\d{0,2})$/.test(host)) return null;
  const octets = host.split('.').map(Number);
  return octets.every((octet) => octet <= 255) ? octets : null;
}

function isPrivateIpv4([a = 0, b = 0]: readonly number[]): boolean {
  return a === 127 || a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168) || (a === 169 && b === 254);
}

/** `host` is lower-case. */
function isNearby(host: string): boolean {
  if (host === 'localhost') return true;
  const octets = ipv4Octets(host);
  if (octets !== null) return isPrivateIpv4(octets);
  // ::1; fc00::/7, unique local; fe80::/10, link-local.
  return host === '[::1]' || /^\[f[cd][0-9a-f]{2}:/.test(host) || /^\[fe[89ab][0-9a-f]:/.test(host);
}

/**
 * A relay's base address in its one spelling (`relayOrigin`).
 * @throws {ProtocolError} bad-value for anything else than such an address, and for `ws:` to a public host; too-large
 */
export function relayBase(url: string): string {
  const origin = relayOrigin(url);
  const host = /^ws:\/\/(\[[^\]]*\]|[^:/]*)/.exec(origin)?.[1];
  if (host !== undefined && !isNearby(host)) throw new ProtocolError('bad-value', { reason: 'unencrypted' });
  return origin;
}
