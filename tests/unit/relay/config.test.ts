import { describe, expect, test } from 'vitest';
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
    const result = readConfig({ ...env, PUBLIC_URL: 'https://Relay.Example/tin/' });
    expect(result).toMatchObject({ ok: true, config: { port: 9000, retentionSeconds: 129_600, proxies: 1, logLevel: 'warn' } });
    if (!result.ok) return;
    expect(result.config.limits).toMatchObject({ inFlight: 8, stallMs: 500, queueMessages: 1000 });
    expect(result.config.publicOrigin).toBe('wss://relay.example/tin');
    expect(basePathOf(result.config)).toBe('/tin');
  });

  test('every fault is named at once', () => {
    const faults = faultsOf({ PORT: '70000', RETENTION: '11d', LOG_LEVEL: 'loud', PUBLIC_URL: 'x', TRUST_PROXY: '-1', LIMITS: 'speed=9' });
    expect(faults.map((fault) => fault.split(' ')[0])).toEqual(['PORT', 'PUBLIC_URL', 'TRUST_PROXY', 'RETENTION', 'LOG_LEVEL', 'LIMITS']);
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
});
