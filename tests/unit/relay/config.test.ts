import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { basePathOf, readConfig } from '../../../server/config';

function faultsOf(env: Record<string, string>): readonly string[] {
  const result = readConfig(env);
  return result.ok ? [] : result.faults;
}

describe('settings', () => {
  test('are all optional', () => {
    const result = readConfig({});
    expect(result).toMatchObject({
      ok: true,
      config: { host: '127.0.0.1', port: 8787, dataDirectory: 'data', publicOrigin: null, proxies: 0, retentionSeconds: 604_800 },
    });
  });

  test('an empty one counts as unset', () => {
    expect(readConfig({ PORT: ' ', PUBLIC_URL: '' }).ok).toBe(true);
  });

  test('are each read', () => {
    const env = { PORT: '9000', RETENTION: '36h', TRUST_PROXY: '1', LOG_LEVEL: 'warn', LIMITS: 'inFlight=8, stallMs=500' };
    const result = readConfig({ ...env, PUBLIC_URL: 'https://Relay.Example/tin/', METRICS_PORT: '9100' });
    expect(result).toMatchObject({ ok: true, config: { port: 9000, retentionSeconds: 129_600, proxies: 1, logLevel: 'warn' } });
    if (!result.ok) return;
    expect(result.config.metricsPort).toBe(9100);
    expect(result.config.limits).toMatchObject({ inFlight: 8, stallMs: 500, queueMessages: 1000 });
    expect(result.config.publicOrigin).toBe('wss://relay.example/tin');
    expect(basePathOf(result.config)).toBe('/tin');
  });

  test('of STUN have a port, none, or addresses that lie elsewhere', () => {
    const stunOf = (env: Record<string, string>) => {
      const result = readConfig(env);
      return result.ok ? { port: result.config.stunPort, urls: result.config.stunUrls } : null;
    };
    expect(stunOf({})).toEqual({ port: 3478, urls: [] });
    expect(stunOf({ STUN_PORT: '65534' })).toEqual({ port: 65_534, urls: [] });
    expect([stunOf({ STUN_PORT: '0' })?.port, stunOf({ STUN_PORT: 'off' })?.port]).toEqual([null, null]);
    const two = 'stun:relay.example:3478,stun:[2001:db8::1]:3479';
    expect(stunOf({ STUN_URL: two })?.urls).toEqual(two.split(','));
    for (const STUN_PORT of ['65535', '-1', '3478x', 'on']) expect(faultsOf({ STUN_PORT })).toHaveLength(1);
    const tooMany = Array.from({ length: 5 }, () => 'stun:a').join();
    for (const STUN_URL of ['turn:a', 'stun:', 'stun:a b', `stun:${'a'.repeat(120)}`, tooMany, 'stun:a,'])
      expect(faultsOf({ STUN_URL })).toHaveLength(1);
  });

  test('every fault is named at once', () => {
    const wrong = {
      PORT: '70000',
      PUBLIC_URL: 'x',
      TRUST_PROXY: '-1',
      RETENTION: '11d',
      METRICS_PORT: 'no',
      LOG_LEVEL: 'loud',
      LIMITS: 'speed=9',
    };
    expect(faultsOf(wrong).map((fault) => fault.split(' ')[0])).toEqual(Object.keys(wrong));
  });

  test.each(['0s', '7', '-1d', '241h', '999999999d', '1w', 'd'])('a retention of %s is refused', (RETENTION) => {
    expect(faultsOf({ RETENTION })).toHaveLength(1);
  });

  test('a limit must be a whole number', () => {
    expect(faultsOf({ LIMITS: 'inFlight=0' })).toHaveLength(1);
    expect(faultsOf({ LIMITS: 'inFlight' })).toHaveLength(1);
    expect(faultsOf({ LIMITS: 'constructor=1' })).toHaveLength(1);
    expect(faultsOf({ LIMITS: 'newWorkBits=25' })).toHaveLength(1);
    expect(faultsOf({ LIMITS: 'newWorkBits=24,newWorkExtraBits=8,missingDoorBits=32' })).toEqual([]);
  });

  test('a password is long or not set', () => {
    expect(readConfig({})).toMatchObject({ config: { password: null } });
    expect(readConfig({ CREATE_PASSWORD: 'twelve chars' })).toMatchObject({ config: { password: 'twelve chars' } });
    const [fault = ''] = faultsOf({ CREATE_PASSWORD: 'eleven char' });
    expect(fault).toContain('CREATE_PASSWORD');
    expect(fault).not.toContain('eleven');
  });

  test('every fault among the limits is named, and so are limits that contradict each other', () => {
    const [fault] = faultsOf({ LIMITS: 'speed=9, inFlight=x, drainMs=30000, bufferCloseBytes=5, stallMs=9' });
    for (const part of ['"speed"', 'inFlight must', 'drainMs must', 'bufferCloseBytes must']) expect(fault).toContain(part);
    expect(fault).not.toContain('stallMs must');
  });

  test('that contradict each other or belong to another store are faults', () => {
    expect(faultsOf({ PORT: '9000', METRICS_PORT: '9000' })[0]).toMatch(/^METRICS_PORT must be another/);
    expect(faultsOf({ PORT: '0', METRICS_PORT: '0' })).toEqual([]);
    expect(faultsOf({ DATABASE_URL: 'postgres://u:secret@h/d', REDIS_URL: 'redis://h' }).map((fault) => fault.split(' ')[0])).toEqual([
      'DATABASE_URL',
      'REDIS_URL',
    ]);
  });
});

describe('a setting in a file', () => {
  let folder: string;
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tincan-settings-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is read without the line end an editor leaves', () => {
    expect(readConfig({ RETENTION_FILE: file('retention', '36h\n') })).toMatchObject({ config: { retentionSeconds: 129_600 } });
  });

  test('that is missing, empty, wrong or set twice is a fault that names cause and file, and quotes nothing of its content', () => {
    const faults = faultsOf({
      HOST: '127.0.0.1',
      HOST_FILE: file('host', '127.0.0.2'),
      PORT_FILE: join(folder, 'nowhere'),
      RETENTION_FILE: file('empty', ' \n'),
      LOG_LEVEL_FILE: file('level', 'hunter2'),
    });
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual(['HOST_FILE', 'PORT_FILE', 'RETENTION_FILE', 'LOG_LEVEL']);
    expect(faults[1]).toContain('ENOENT');
    expect(faults.join()).not.toContain('hunter2');
  });
});
