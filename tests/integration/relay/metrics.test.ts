import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, metricsText, readMetrics } from '../../support/metrics';
import { RelayClient, type RelayProcess, runRelay, sendFrame, startRelay } from '../../support/relay';

let relay: RelayProcess;
let port: number;

beforeAll(async () => {
  port = await freePort();
  relay = await startRelay({ env: { METRICS_PORT: String(port), LIMITS: 'connectionsPerAddress=4,queueMessages=3' } });
});
afterAll(() => relay.stop());

test('count what the relay did: frames, answers, messages, commits, what waits', async () => {
  const [reader, writer] = [await RelayClient.connect(relay.url), await RelayClient.connect(relay.url)];
  const queue = await reader.createQueue();
  await writer.openWriting(queue);
  const frames = [sendFrame(queue), sendFrame(queue), sendFrame(queue)] as const;
  for (const frame of frames) await writer.expect(frame, 'ok-stored');
  await writer.expect(frames[0], 'ok-stored');
  expect(await writer.request(sendFrame(queue))).toMatchObject({ code: 'QUOTA' });
  await writer.expect({ kind: 'del', queueId: queue.sid, messageId: frames[2].messageId }, 'ok-deleted');
  await reader.subscribe(queue);
  await reader.next('end');
  await reader.expect({ kind: 'ack', rid: queue.rid, messageId: frames[0].messageId }, 'ok');
  await reader.expect({ kind: 'ack', rid: queue.rid, messageId: frames[0].messageId }, 'ok');

  const counts = Object.fromEntries(await readMetrics(port));
  expect(counts).toMatchObject({
    'tincan_frames_received_total{kind="send"}': 5,
    'tincan_frames_received_total{kind="ack"}': 2,
    'tincan_frames_sent_total{kind="hello"}': 2,
    'tincan_frames_sent_total{kind="ok-stored"}': 4,
    'tincan_errors_total{code="QUOTA"}': 1,
    'tincan_messages_total{event="stored"}': 3,
    'tincan_messages_total{event="delivered"}': 2,
    'tincan_messages_total{event="acknowledged"}': 1,
    'tincan_messages_total{event="deleted"}': 1,
    tincan_waiting_messages: 1,
    tincan_waiting_bytes: 4096,
    tincan_connections: 2,
    tincan_client_networks: 1,
    tincan_ready: 1,
    tincan_commit_failures_total: 0,
  });
  expect(counts['tincan_commit_seconds_bucket{le="+Inf"}']).toBe(counts.tincan_commit_seconds_count);
  expect(counts.tincan_commit_seconds_count).toBeGreaterThan(5);
  expect(counts.tincan_commit_changes_total).toBeGreaterThanOrEqual(counts.tincan_commit_seconds_count ?? Number.POSITIVE_INFINITY);
  for (const name of ['tincan_disk_free_bytes', 'tincan_heap_used_bytes', 'tincan_event_loop_delay_seconds{quantile="0.99"}'])
    expect(counts[name], name).toBeGreaterThan(0);
  await Promise.all([reader.close(), writer.close()]);
});

test('count refused handshakes, and those that came through a proxy nobody trusts', async () => {
  const open = await Promise.all([1, 2, 3, 4].map(() => RelayClient.connect(relay.url, { headers: { 'x-forwarded-for': '203.0.113.7' } })));
  await expect(RelayClient.connect(relay.url)).rejects.toThrow();
  const counts = Object.fromEntries(await readMetrics(port));
  expect(counts).toMatchObject({ 'tincan_handshakes_refused_total{status="429"}': 1, tincan_handshakes_forwarded_total: 4 });
  await Promise.all(open.map((client) => client.close()));
  await expect.poll(async () => (await readMetrics(port)).get('tincan_connections')).toBe(0);
});

test('are in the text format a Prometheus server reads: every series under one HELP and one TYPE of its name', async () => {
  const text = await metricsText(port);
  expect(text.endsWith('\n')).toBe(true);
  const declared = new Set<string>();
  let family = '';
  for (const line of text.trimEnd().split('\n')) {
    const [, keyword, name = ''] = /^# (HELP|TYPE) (\S+) ./.exec(line) ?? [];
    if (keyword === 'HELP') expect(declared.has(name), name).toBe(false);
    if (keyword === 'HELP') declared.add(name);
    if (keyword !== undefined) {
      family = name;
      continue;
    }
    const series = /^([a-z_]+?)(_bucket|_sum|_count)?(\{[a-z]+="[\w.+-]+"\})? (-?\d+(\.\d+)?(e[-+]\d+)?)$/.exec(line);
    expect(series, line).not.toBeNull();
    expect(line.startsWith(family), line).toBe(true);
  }
  expect(declared.size).toBeGreaterThan(15);
});

test('are shown on the loopback interface and at one path only', async () => {
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404);
  expect((await fetch(`http://127.0.0.1:${port}/metrics`, { method: 'POST' })).status).toBe(404);
  expect((await fetch(`${relay.url.replace('ws:', 'http:')}/metrics`)).status).toBe(404);
  const outside = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4');
  for (const { address } of outside) await expect(fetch(`http://${address}:${port}/metrics`)).rejects.toThrow();
});

test('on a port that is taken end the start, and the line names that port', async () => {
  const { code, output } = await runRelay({ dataDir: `${relay.dataDir}/other`, env: { METRICS_PORT: String(port) } });
  expect([code, output]).toEqual([1, `Port ${port} for metrics is already in use. Choose another with METRICS_PORT.\n`]);
});
