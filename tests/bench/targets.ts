/** What each figure must reach (`target`) and where we want to stand (`aim`), from `targets.tsv`; and how a figure stands to it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../support/build';
import type { Figure } from './figures';

interface Target {
  readonly isAtMost: boolean;
  readonly target: number;
  readonly aim: number;
}

function readTargets(): Map<string, Target> {
  const [, ...rows] = readFileSync(join(ROOT, 'tests/bench/targets.tsv'), 'utf8').trimEnd().split('\n');
  return new Map(
    rows.map((row) => {
      const [figure = '', op, target, aim] = row.split('\t');
      return [figure, { isAtMost: op === '<=', target: Number(target), aim: Number(aim) }];
    }),
  );
}

const TARGETS = readTargets();

export function targetsOf(group: string): string[] {
  return [...TARGETS.keys()].filter((figure) => figure.startsWith(`${group}/`));
}

function verdict(value: number, { isAtMost, target, aim }: Target): string {
  const reaches = (bar: number) => (isAtMost ? value <= bar : value >= bar);
  if (reaches(aim)) return 'aim reached';
  return reaches(target) ? 'target reached' : 'SHORT';
}

const COLUMNS = [48, 12, 10, 10, 6] as const;

function row(...cells: readonly string[]): string {
  return cells.map((cell, index) => (index === 0 ? cell.padEnd(COLUMNS[0]) : cell.padStart(COLUMNS[index] ?? 0))).join('  ');
}

export function tableHead(): string {
  return row('figure', 'value', 'target', 'aim', 'n', 'stands');
}

export function tableRow({ figure, value, unit, n }: Figure): string {
  const target = TARGETS.get(figure);
  const bar = (limit: number | undefined) => (target && limit !== undefined ? `${target.isAtMost ? '≤' : '≥'} ${limit}` : '–');
  return row(figure, `${value} ${unit}`, bar(target?.target), bar(target?.aim), String(n), target ? verdict(value, target) : '–');
}
