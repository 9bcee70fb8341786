/** What is measured when somebody asks: connections, what waits, the disk, memory, and how late the event loop runs. */
import type { Server } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from './clock';
import type { Disk } from './disk';
import type { Gate } from './gate';
import type { Family, Metrics, Sample } from './metrics';
import { openMetricsPage } from './metrics-page';
import type { Store } from './store/store';

export interface VitalParts {
  readonly metrics: Metrics;
  readonly store: Store;
  readonly clock: Clock;
  readonly gate: Pick<Gate, 'count' | 'networks'>;
  readonly disk: Pick<Disk, 'freeBytes'>;
  readonly isReady: () => boolean;
}

const DELAY_RESOLUTION_MS = 20;
const NANOSECONDS = 1e9;

/** The page of metrics.ts' counts and these. The delay covers the time since it was last asked for. */
export function openVitals({ metrics, store, clock, gate, disk, isReady }: VitalParts): Server {
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  delay.enable();
  const loopDelay = (): readonly Sample[] => {
    const quantiles = [50, 99, 100].map((percent) => ({
      labels: { quantile: String(percent / 100) },
      value: delay.percentile(percent) / NANOSECONDS,
    }));
    delay.reset();
    return quantiles;
  };
  const gauge = (name: string, help: string, value: number | readonly Sample[]): Family => ({
    name,
    type: 'gauge',
    help,
    samples: typeof value === 'number' ? [{ value }] : value,
  });
  const families = async (): Promise<readonly Family[]> => {
    const waiting = await store.waitingTotals();
    const { rss, heapUsed } = process.memoryUsage();
    return [
      ...metrics.families,
      gauge('tincan_ready', '1 when /readyz says so.', isReady() ? 1 : 0),
      gauge('tincan_connections', 'Open WebSockets.', gate.count),
      gauge('tincan_client_networks', 'Different networks they come from.', gate.networks),
      gauge('tincan_waiting_messages', 'Messages not yet acknowledged.', waiting.messages),
      gauge('tincan_waiting_bytes', 'Size of their cells.', waiting.bytes),
      gauge('tincan_disk_free_bytes', 'Free on the disk of the data directory.', disk.freeBytes),
      gauge('tincan_store_reusable_bytes', 'Free inside the database.', await store.reusableBytes()),
      gauge('tincan_wall_clock_drift_seconds', 'How far the wall clock is ahead of the relay.', clock.wallDriftMs() / 1000),
      gauge('tincan_event_loop_delay_seconds', 'How late timers run, since the last scrape.', loopDelay()),
      gauge('tincan_heap_used_bytes', 'JavaScript heap in use.', heapUsed),
      gauge('process_resident_memory_bytes', 'Memory of the process.', rss),
    ];
  };
  return openMetricsPage(families).on('close', () => delay.disable());
}
