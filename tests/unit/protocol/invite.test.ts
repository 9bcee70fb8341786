import { describe, expect, it } from 'vitest';
import { relayBase } from '../../../lib/protocol/base-url';
import { concat, fromBase64url, fromHex, toBase64url, utf8 } from '../../../lib/protocol/bytes';
import { createIdentity, identityHash } from '../../../lib/protocol/identity';
import { encodeInvite, type Invite, openInviteBundle, parseInvite, sealInviteBundle } from '../../../lib/protocol/invite';
import { createInvitePrekeys } from '../../../lib/protocol/prekeys';
import { engine, flipped } from './parties';

const invite: Invite = {
  relay: 'wss://relay.home.example/can',
  inviteId: new Uint8Array(16).fill(1),
  secret: new Uint8Array(32).fill(2),
  identityHash: new Uint8Array(32).fill(3),
  expiresAtMs: Date.UTC(2026, 10, 28),
};
const link = encodeInvite(invite);
const [address, fragment] = link.split('#') as [string, string];
const withFragment = (text: string) => `${address}#${text}`;

describe('an invite link', () => {
  it('is an address of the relay with everything secret in the fragment', () => {
    expect(address).toBe('https://relay.home.example/can/i');
    expect(fragment).toMatch(/^[A-Za-z0-9_-]{119}$/);
    expect(parseInvite(link)).toEqual(invite);
    expect(encodeInvite({ ...invite, relay: 'ws://127.0.0.1:8787' })).toMatch(/^http:\/\/127\.0\.0\.1:8787\/i#/);
  });

  it('has at most 200 bytes', () => {
    const longest = `wss://${'a'.repeat(61)}.example`;
    expect(encodeInvite({ ...invite, relay: longest }).length).toBe(199);
    expect(encodeInvite({ ...invite, relay: `wss://${'a'.repeat(62)}.example` }).length).toBe(200);
    expect(() => encodeInvite({ ...invite, relay: `wss://${'a'.repeat(63)}.example` })).toThrow('too-large');
  });

  it('survives white space around it, angle brackets, line breaks inside, and an address bar', () => {
    const wrapped = `${link.slice(0, 40)}\r\n ${link.slice(40, 90)}\n${link.slice(90)}`;
    for (const text of [`  ${link}\n`, `<${link}>`, `<<${link}>>`, ` < ${link} > `, wrapped, `<${wrapped}>\n`])
      expect(parseInvite(text)).toEqual(invite);
    expect(parseInvite(link.replace('https://relay.home', 'HTTPS://Relay.Home'))).toEqual(invite);
    expect(parseInvite(link.replace('.example/', '.example:443/'))).toEqual(invite);
  });

  it('leads to a relay without TLS, and to one whose own path has an /i in it', () => {
    for (const relay of ['ws://127.0.0.1:8787', 'wss://relay.example/i/can', 'wss://relay.example/i']) {
      expect(parseInvite(encodeInvite({ ...invite, relay })).relay).toBe(relay);
    }
  });

  it('is written one way however the relay was typed', () => {
    expect(encodeInvite({ ...invite, relay: 'WSS://Relay.Home.Example:443/can/' })).toBe(link);
  });

  it('rounds the expiry down to a second', () => {
    expect(parseInvite(encodeInvite({ ...invite, expiresAtMs: invite.expiresAtMs + 999 })).expiresAtMs).toBe(invite.expiresAtMs);
  });

  it('is not made from fields of a wrong size', () => {
    expect(() => encodeInvite({ ...invite, secret: new Uint8Array(31) })).toThrow('bad-value');
    expect(() => encodeInvite({ ...invite, inviteId: new Uint8Array(17) })).toThrow('bad-value');
  });
});

describe('invite-malformed', () => {
  it.each([
    ['nothing', ''],
    ['a word', 'hello'],
    ['another address', 'https://relay.home.example/'],
    ['another scheme', link.replace('https', 'ftp')],
    ['a user name', link.replace('https://', 'https://me@')],
    ['a query', link.replace('/i#', '/i?x=1#')],
    ['a letter outside base64url', withFragment(`${fragment.slice(0, 50)}+${fragment.slice(51)}`)],
    ['a letter outside base64url at the beginning', withFragment(`+${fragment.slice(1)}`)],
    ['a letter outside base64url at the end', withFragment(`${fragment.slice(0, -1)}+`)],
    ['an angle bracket inside', link.replace('#', '<#')],
    ['another angle bracket inside', link.replace('#', '>#')],
    ['too much', `${link}AAAA`],
    ['one letter too much', `${link}A`],
    ['another relay', link.replace('relay.home', 'relay.evil')],
    ['another path', link.replace('/can/', '/cans/')],
    ['plain http to a public host', encodeInvite({ ...invite, relay: 'ws://127.0.0.1' }).replace('127.0.0.1', 'relay.example')],
  ])('%s', (_name, text) => {
    expect(() => parseInvite(text)).toThrow('invite-malformed');
  });

  it('a last letter that says the same in another way', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(fragment.at(-1) as string);
    expect(() => parseInvite(withFragment(`${fragment.slice(0, -1)}${alphabet[last + 1]}`))).toThrow('invite-malformed');
  });

  it('any one changed byte after the version', () => {
    const bytes = fromBase64url(fragment);
    for (let at = 1; at < bytes.length; at += 4) {
      expect(() => parseInvite(withFragment(toBase64url(flipped(bytes, at)))), `byte ${at}`).toThrow('invite-malformed');
    }
  });
});

describe('invite-truncated', () => {
  it('at every place where the end may be lost', () => {
    expect(() => parseInvite(address)).toThrow('invite-truncated');
    for (let length = 0; length < fragment.length; length++) {
      expect(() => parseInvite(withFragment(fragment.slice(0, length)))).toThrow('invite-truncated');
    }
  });
});

describe('invite-version', () => {
  it.each([1, 2, 3, 5])('another version, %i, whatever its length', (version) => {
    const later = concat(new Uint8Array([version]), fromBase64url(fragment).slice(1));
    expect(() => parseInvite(withFragment(toBase64url(later)))).toThrow('invite-version');
    expect(() => parseInvite(withFragment(toBase64url(concat(later, later))))).toThrow('invite-version');
    for (const size of [3, 12]) expect(() => parseInvite(withFragment(toBase64url(later.slice(0, size))))).toThrow('invite-version');
  });
});

describe('the relay of an invite', () => {
  it.each([
    'wss://relay.example',
    'wss://8.8.8.8',
    'wss://[2001:db8::1]:8443/a/b',
    'ws://localhost:8787',
    'ws://127.0.0.1',
    'ws://127.255.0.9:80',
  ])('%s is dialled', (url) => {
    expect(relayBase(url)).toBe(url.replace(':80', url.startsWith('ws://127.255') ? '' : ':80'));
  });

  it.each([
    'ws://[::1]:8787',
    'ws://10.1.2.3',
    'ws://172.16.0.1',
    'ws://172.31.255.255',
    'ws://192.168.1.1',
    'ws://169.254.1.1',
    'ws://[fc00::1]',
    'ws://[fd00::1]',
    'ws://[fe80::1]',
    'ws://[febf::1]',
  ])('%s is dialled without TLS, being near', (url) => {
    expect(relayBase(url)).toBe(url);
  });

  it.each([
    'ws://relay.example',
    'ws://8.8.8.8',
    'ws://172.15.0.1',
    'ws://172.32.0.1',
    'ws://192.169.0.1',
    'ws://128.0.0.1',
    'ws://11.1.2.3',
    'ws://8.20.0.1',
    'ws://8.168.0.1',
    'ws://8.254.0.1',
    'ws://169.253.0.1',
    'ws://169.255.0.1',
    'ws://10.0.0.1000',
    'ws://1127.0.0.1',
    'ws://10.00.0.1',
    'ws://127.1',
    'ws://127.0.0.256',
    'ws://0127.0.0.1',
    'ws://0x7f.0.0.1',
    'ws://127.0.0.1.example',
    'ws://127.0.0.1.5',
    'ws://localhost.example',
    'ws://[2001:db8::1]',
    'ws://[::ffff:127.0.0.1]',
    'ws://[fc::1]',
    'ws://[fb00::1]',
    'ws://[fe00::1]',
    'ws://[fec0::1]',
    'ws://[fe8::1]',
    'ws://[::2]',
    'ws://[::fd00:1]',
    'wss://',
    'wss://me:pass@relay.example',
    'wss://relay.example?x',
    'wss://relay.example#x',
    'wss://relay.example:0',
    'wss://relay.example:65536',
    'wss://relay.example/../x',
    'wss://relay example',
    'wss://rélay.example',
    'javascript:alert(1)',
  ])('%s is refused', (url) => {
    expect(() => relayBase(url)).toThrow('bad-value');
  });

  it('longer than 120 bytes is refused', () => {
    expect(() => relayBase(`wss://relay.example/${'x'.repeat(101)}`)).toThrow('too-large');
  });
});

describe('a sealed invite bundle', () => {
  const identity = createIdentity(engine);
  const { bundle } = createInvitePrekeys(engine, identity);
  const address = { relay: 'wss://relay.home.example', sid: engine.randomBytes(24) };
  const contents = { bundle, name: 'Ana Ångström 🥫', address };
  const named = { ...invite, identityHash: identityHash(identity.statement) };
  const sealed = sealInviteBundle(engine, invite.secret, invite.inviteId, contents);

  it('opens with the secret of the link to what was put in', async () => {
    expect(await openInviteBundle(engine, named, sealed)).toEqual(contents);
  });

  it('always has 4,096 bytes', () => {
    const longest = { bundle, name: 'n'.repeat(128), address: { ...address, relay: `wss://relay.example/${'p'.repeat(100)}` } };
    for (const other of [{ ...contents, name: '' }, longest]) {
      expect(sealInviteBundle(engine, invite.secret, invite.inviteId, other).length).toBe(4096);
    }
    expect(() => sealInviteBundle(engine, invite.secret, invite.inviteId, { ...contents, name: 'ñ'.repeat(65) })).toThrow('too-large');
  });

  it('says bad-tag to another secret, another invite, and every changed byte', async () => {
    const open = (change: Partial<typeof named>, bytes = sealed) => openInviteBundle(engine, { ...named, ...change }, bytes);
    await expect(open({ secret: flipped(invite.secret, 0) })).rejects.toThrow('bad-tag');
    await expect(open({ inviteId: flipped(invite.inviteId, 0) })).rejects.toThrow('bad-tag');
    for (const at of [1, 24, 25, 2000, 4095]) await expect(open({}, flipped(sealed, at))).rejects.toThrow('bad-tag');
    await expect(open({}, flipped(sealed, 0))).rejects.toThrow('bad-version');
    await expect(open({}, sealed.slice(0, 30))).rejects.toThrow('bad-tag');
  });

  it('by somebody else who knows the secret is invite-identity-mismatch', async () => {
    const mallory = createIdentity(engine);
    const forged = { ...contents, bundle: createInvitePrekeys(engine, mallory).bundle };
    const put = sealInviteBundle(engine, invite.secret, invite.inviteId, forged);
    await expect(openInviteBundle(engine, named, put)).rejects.toThrow('invite-identity-mismatch');
  });

  it('never names a relay that this device would not dial', () => {
    const unencrypted = { ...contents, address: { ...address, relay: 'ws://relay.example' } };
    expect(() => sealInviteBundle(engine, invite.secret, invite.inviteId, unencrypted)).toThrow('bad-value');
    expect(() =>
      sealInviteBundle(engine, invite.secret, invite.inviteId, { ...contents, address: { ...address, sid: fromHex('00') } }),
    ).toThrow('bad-value');
  });

  it('hides the name', () => {
    expect(Buffer.from(sealed).includes(Buffer.from(utf8('Ana')))).toBe(false);
  });
});
