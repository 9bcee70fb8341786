/** `npm run bench -- GROUP [--json] [--short]`: measures a group of figures. Reports, never fails: a figure that falls short is a result. */
import { parseArgs } from 'node:util';
import type { Measure } from './figures';
import { measurePipe } from './pipe';
import { measureProtocol } from './protocol';
import { measureRelay } from './relay';
import { measureStorage } from './storage';
import { tableHead, tableRow, targetsOf } from './targets';

const GROUPS: Readonly<Record<string, Measure>> = {
  pipe: measurePipe,
  protocol: measureProtocol,
  relay: measureRelay,
  storage: measureStorage,
};

const FLAG = { type: 'boolean', default: false } as const;
const { positionals, values } = parseArgs({ allowPositionals: true, options: { json: FLAG, short: FLAG } });
const [group = ''] = positionals;
const measure = Object.hasOwn(GROUPS, group) ? GROUPS[group] : undefined;
if (measure === undefined) {
  console.error(`Usage: npm run bench -- GROUP [--json] [--short]. Groups: ${Object.keys(GROUPS).join(' ')}`);
  process.exit(1);
}

if (!values.json) console.log(tableHead());
const missing = new Set(targetsOf(group));
for await (const figure of measure((what) => process.stderr.write(`… ${what}\n`), values.short)) {
  missing.delete(figure.figure);
  console.log(values.json ? JSON.stringify(figure) : tableRow(figure));
}
for (const figure of missing) process.stderr.write(`not measured: ${figure}\n`);
