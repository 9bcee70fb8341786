/**
 * What the relay counts about itself. A label is always a word of this program (a frame's kind, an error's code): nothing a client
 * sent becomes one, and nothing counts a single client or queue.
 */
import type { RelayErrorCode, ServerFrame } from '../lib/protocol/relay';
import type { Commit } from './store/batch';

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  /** Behind the family's name: `_bucket`, `_sum`, `_count` of a histogram, '' otherwise. */
  readonly suffix?: string;
  readonly labels?: Labels;
  readonly value: number;
}

export interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly samples: readonly Sample[];
}

class Tally<Word extends string | number> {
  readonly #label: string;
  readonly #counts = new Map<Word, number>();

  constructor(label: string) {
    this.#label = label;
  }

  add(word: Word): void {
    this.#counts.set(word, (this.#counts.get(word) ?? 0) + 1);
  }

  get samples(): readonly Sample[] {
    return [...this.#counts].map(([word, value]) => ({ labels: { [this.#label]: String(word) }, value }));
  }
}

/** Durations, counted up to each bound. */
class Durations {
  readonly #boundsSeconds: readonly number[];
  readonly #counts: number[];
  #sumSeconds = 0;

  constructor(boundsSeconds: readonly number[]) {
    this.#boundsSeconds = [...boundsSeconds, Number.POSITIVE_INFINITY];
    this.#counts = this.#boundsSeconds.map(() => 0);
  }

  observe(seconds: number): void {
    const at = this.#boundsSeconds.findIndex((bound) => seconds <= bound);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sumSeconds += seconds;
  }

  get samples(): readonly Sample[] {
    let total = 0;
    const buckets = this.#boundsSeconds.map((bound, at) => {
      total += this.#counts[at] ?? 0;
      return { suffix: '_bucket', labels: { le: bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound) }, value: total };
    });
    return [...buckets, { suffix: '_sum', value: this.#sumSeconds }, { suffix: '_count', value: total }];
  }
}

export class Metrics {
  readonly received = new Tally<string>('kind');
  readonly messages = new Tally<'stored' | 'delivered' | 'acknowledged' | 'deleted'>('event');
  /** By HTTP status. */
  readonly refusedHandshakes = new Tally<number>('status');
  readonly #sent = new Tally<string>('kind');
  readonly #errors = new Tally<RelayErrorCode>('code');
  readonly #commits = new Durations([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1]);
  #changes = 0;
  #failedCommits = 0;
  #isLastCommitOk = true;
  #expired = 0;
  /** Handshakes through a proxy that TRUST_PROXY does not name. */
  forwardedHandshakes = 0;

  sent(frame: ServerFrame): void {
    this.#sent.add(frame.kind);
    if (frame.kind === 'err') this.#errors.add(frame.code);
    if (frame.kind === 'msg') this.messages.add('delivered');
  }

  committed({ durationMs, changes, isOk }: Commit): void {
    this.#commits.observe(durationMs / 1000);
    this.#isLastCommitOk = isOk;
    if (isOk) this.#changes += changes;
    else this.#failedCommits += 1;
  }

  get isLastCommitOk(): boolean {
    return this.#isLastCommitOk;
  }

  expired(rows: number): void {
    this.#expired += rows;
  }

  get families(): readonly Family[] {
    const counter = (name: string, help: string, samples: readonly Sample[]): Family => ({ name, type: 'counter', help, samples });
    return [
      counter('tincan_frames_received_total', 'Frames read from clients.', this.received.samples),
      counter('tincan_frames_sent_total', 'Frames sent to clients.', this.#sent.samples),
      counter('tincan_errors_total', 'ERR answers.', this.#errors.samples),
      counter('tincan_messages_total', 'Messages stored, delivered, acknowledged by readers, deleted on request.', this.messages.samples),
      counter('tincan_expired_total', 'Rows swept because their time was over.', [{ value: this.#expired }]),
      counter('tincan_handshakes_refused_total', 'WebSocket handshakes refused.', this.refusedHandshakes.samples),
      counter('tincan_handshakes_forwarded_total', 'Handshakes through a proxy that is not trusted.', [
        { value: this.forwardedHandshakes },
      ]),
      { name: 'tincan_commit_seconds', type: 'histogram', help: 'Time of a commit to disk.', samples: this.#commits.samples },
      counter('tincan_commit_changes_total', 'Changes made durable.', [{ value: this.#changes }]),
      counter('tincan_commit_failures_total', 'Commits that failed.', [{ value: this.#failedCommits }]),
    ];
  }
}
