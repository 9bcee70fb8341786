/** `npm run bench -- GROUP [--json] [--short] [--only PART]`: measures a group of figures. Reports, never fails: a figure that falls short is a result. */
import { parseArgs } from 'node:util';
import type { Measure } from './figures';
import { measureMessages } from './messages';
import { measurePipe } from './pipe';
import { measureProtocol } from './protocol';
import { measureRelay } from './relay';
import { measureStorage } from './storage';
import { tableHead, tableRow, targetsOf } from './targets';

const GROUPS: Readonly<Record<string, Measure>> = {
  messages: measureMessages,
  pipe: measurePipe,
  protocol: measureProtocol,
  relay: measureRelay,
  storage: measureStorage,
};

const FLAG = { type: 'boolean', default: false } as const;
const { positionals, values } = parseArgs({ allowPositionals: true, options: { json: FLAG, short: FLAG, only: { type: 'string' } } });
const [group = ''] = positionals;
const measure = Object.hasOwn(GROUPS, group) ? GROUPS[group] : undefined;
if (measure === undefined || (values.only !== undefined && group !== 'messages')) {
  console.error(`Usage: npm run bench -- GROUP [--json] [--short] [--only PART, of messages]. Groups: ${Object.keys(GROUPS).join(' ')}`);
  process.exit(1);
}

if (!values.json) console.log(tableHead());
const missing = new Set(targetsOf(group));
for await (const figure of measure((what) => process.stderr.write(`… ${what}\n`), values.short, values.only)) {
  missing.delete(figure.figure);
  console.log(values.json ? JSON.stringify(figure) : tableRow(figure));
}
for (const figure of missing) process.stderr.write(`not measured: ${figure}\n`);
