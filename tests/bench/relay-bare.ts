/** The bare forwarder in the contest. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { randomBytes } from '../support/relay';
import { CELL_BYTES, type Contestant, PAIRS, type Pair } from './relay-contest';
import { connectWebSocket, masked, patched } from './relay-wire';

const FORWARDER = fileURLToPath(new URL('./relay-forwarder.ts', import.meta.url));
const PROTOCOL = 'bare';

async function openPair(port: number, name: number): Promise<Pair> {
  const connect = (role: string) => connectWebSocket({ port, path: `/${role}/${name}`, protocol: PROTOCOL });
  const [reader, writer] = [await connect('read'), await connect('write')];
  const template = masked(randomBytes(CELL_BYTES));
  let sent = 0;
  const pair: Pair = {
    send: () => {
      writer.send(patched(template, 0, sent));
      return sent++;
    },
    onAnswered: () => undefined,
    onArrived: () => undefined,
  };
  reader.listen((payload) => {
    const number = payload.readUInt32BE(0);
    pair.onAnswered(number);
    pair.onArrived(number);
  });
  return pair;
}

export async function startForwarder(): Promise<Contestant> {
  const child = spawn(process.execPath, ['--import', 'tsx', FORWARDER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const port = await new Promise<number>((resolve) => child.stdout.once('data', (line) => resolve(Number(line))));
  const pairs: Pair[] = [];
  while (pairs.length < PAIRS) pairs.push(await openPair(port, pairs.length));
  return {
    pid: child.pid as number,
    pairs,
    stop: () => {
      child.kill('SIGKILL');
      return ended;
    },
  };
}
