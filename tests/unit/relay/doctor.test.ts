import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isUnderFloor } from '../../../server/disk';
import { checkClock, checkDirectory, checkDisk, checkNode } from '../../../server/doctor';
import { checkAddress, judgeClients, judgeDrift } from '../../../server/doctor-network';
import type { Finding } from '../../../server/finding';

const DAY_MS = 86_400_000;
const NOW_MS = Date.UTC(2026, 10, 21);

/** Everything that is not fine says what to do. */
function levelOf(finding: Finding): Finding['level'] {
  expect(finding.remedy === undefined).toBe(finding.level === 'fine');
  return finding.level;
}

test('an old Node is a fault', () => {
  expect(['18.20.0', '20.18.9', '20.19.0', '22.0.0'].map((version) => levelOf(checkNode(version)))).toEqual([
    'fault',
    'fault',
    'fine',
    'fine',
  ]);
});

describe('the clock', () => {
  test('is a fault when it was never set, or lies behind what a relay here has seen', () => {
    expect(levelOf(checkClock(0, Date.UTC(1970, 0, 2)))).toBe('fault');
    expect(levelOf(checkClock(NOW_MS, NOW_MS - DAY_MS))).toBe('fault');
    expect(levelOf(checkClock(NOW_MS, NOW_MS - 30_000))).toBe('fine');
  });

  test('so far ahead that everything would expire at the start is a warning', () => {
    expect(levelOf(checkClock(NOW_MS, NOW_MS + 30 * DAY_MS))).toBe('warning');
    expect(levelOf(checkClock(NOW_MS, NOW_MS + 9 * DAY_MS))).toBe('fine');
    expect(levelOf(checkClock(0, NOW_MS))).toBe('fine');
  });

  test('that has jumped while the relay runs is a warning', () => {
    const drift = (seconds: number) => judgeDrift(new Map([['tincan_wall_clock_drift_seconds', seconds]]));
    expect([drift(-7200), drift(7200), drift(2)].map(levelOf)).toEqual(['warning', 'warning', 'fine']);
  });
});

describe('the public address', () => {
  const check = (publicOrigin: string | null, proxies = 0, host = '127.0.0.1') => levelOf(checkAddress({ publicOrigin, proxies, host }));

  test('behind TLS needs its proxy trusted, and without TLS is for the loopback interface only', () => {
    expect(check('wss://relay.example')).toBe('warning');
    expect(check('wss://relay.example/tin', 1)).toBe('fine');
    expect(check('ws://relay.example')).toBe('warning');
    expect(check('ws://127.0.0.1:8787')).toBe('fine');
    expect(check('ws://[::1]:8787')).toBe('fine');
  });

  test('should be set as soon as others can reach the relay', () => {
    expect(check(null)).toBe('fine');
    expect(check(null, 1)).toBe('warning');
    expect(check(null, 0, '0.0.0.0')).toBe('warning');
  });
});

describe('clients that all have one IP address', () => {
  const judge = (connections: number, networks: number, forwarded: number) =>
    judgeClients(
      new Map([
        ['tincan_connections', connections],
        ['tincan_client_networks', networks],
        ['tincan_handshakes_forwarded_total', forwarded],
      ]),
      0,
    );

  test('are told from few clients, and the remedy is TRUST_PROXY', () => {
    expect([judge(40, 1, 0), judge(3, 1, 0), judge(40, 31, 0), judge(0, 0, 1)].map(levelOf)).toEqual([
      'warning',
      'fine',
      'fine',
      'warning',
    ]);
    expect(judge(40, 1, 0).remedy).toContain('TRUST_PROXY');
  });
});

describe('the data directory', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tincan-doctor-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('that others may look into is a warning', () => {
    expect(levelOf(checkDirectory(folder))).toBe('fine');
    chmodSync(folder, 0o755);
    expect(checkDirectory(folder)).toMatchObject({ level: 'warning', remedy: `Run: chmod 700 ${folder}` });
  });

  test('that is not there yet is looked at where it would be made', async () => {
    expect(levelOf(checkDirectory(join(folder, 'not', 'yet')))).toBe('fine');
    expect(levelOf(await checkDisk(join(folder, 'not', 'yet'), { diskFloorBytes: 1, diskFloorPercent: 1 }, 0))).toBe('fine');
  });

  test('on a disk under its floor is a fault', async () => {
    const finding = await checkDisk(folder, { diskFloorBytes: Number.MAX_SAFE_INTEGER, diskFloorPercent: 1 }, 0);
    expect(levelOf(finding)).toBe('fault');
  });
});

test('the floor is the larger of share and size; freed pages count as room, but not for the log', () => {
  const GIB = 2 ** 30;
  const limits = { diskFloorBytes: GIB / 2, diskFloorPercent: 5 };
  const isLow = (freeGib: number, totalGib: number, reusableGib = 0) =>
    isUnderFloor({ freeBytes: freeGib * GIB, totalBytes: totalGib * GIB }, reusableGib * GIB, limits);
  expect([isLow(0.49, 4), isLow(0.51, 4), isLow(4.9, 100), isLow(5.1, 100)]).toEqual([true, false, true, false]);
  expect([isLow(0.2, 4, 0.4), isLow(0.05, 4, 3)]).toEqual([false, true]);
});
