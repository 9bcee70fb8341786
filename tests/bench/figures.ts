/** A measured figure, and what its samples say. */
export interface Spread {
  readonly n: number;
  readonly p50: number;
  readonly p95: number;
  readonly min: number;
  readonly max: number;
}

export interface Figure {
  /** As in `targets.tsv`. */
  readonly figure: string;
  readonly value: number;
  readonly unit: string;
  readonly n: number;
  readonly raw: Readonly<Record<string, unknown>>;
}

/**
 * A group of figures: each is given as soon as it is measured. Beside it a group may say what it is doing. A short run shows that a
 * group works; its figures say little. `only` names one part of a group that has parts.
 */
export type Measure = (say: (what: string) => void, isShort: boolean, only?: string) => AsyncGenerator<Figure>;

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** Nearest rank, so that every quantile is a value that was measured. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function spreadOf(samples: readonly number[]): Spread {
  const sorted = [...samples].sort((a, b) => a - b);
  return {
    n: sorted.length,
    p50: rounded(quantile(sorted, 0.5)),
    p95: rounded(quantile(sorted, 0.95)),
    min: rounded(sorted[0] ?? Number.NaN),
    max: rounded(sorted.at(-1) ?? Number.NaN),
  };
}

/** Any quantile of samples as they came. */
export function quantileOf(samples: readonly number[], share: number): number {
  return rounded(
    quantile(
      [...samples].sort((a, b) => a - b),
      share,
    ),
  );
}

/** `rest` says what else was seen in the same run. */
export function p95Of(figure: string, samples: readonly number[], rest: Readonly<Record<string, unknown>> = {}): Figure {
  const spread = spreadOf(samples);
  return { figure, value: spread.p95, unit: 'ms', n: spread.n, raw: { ...spread, ...rest } };
}

/** Of two medians measured alternately in the same run. */
export function ratioOf(figure: string, ours: Spread, theirs: Spread): Figure {
  return { figure, value: rounded(ours.p50 / theirs.p50), unit: 'ratio', n: Math.min(ours.n, theirs.n), raw: { ours, theirs } };
}
