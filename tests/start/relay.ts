/** The relay as a process beside this one, on the port that was asked for. */
import { spawn } from 'node:child_process';
import { ROOT } from '../support/build';

export interface RunningRelay {
  readonly url: string;
  stop(): Promise<void>;
}

/** Null when it would not start: it has then said why in one line. Settings come from the environment, as for `npm run server`. */
export async function runRelay(): Promise<RunningRelay | null> {
  // A trial may run on a disk that is nearly full; a relay for others should not.
  const env = { LOG_LEVEL: 'warn', LIMITS: 'diskFloorPercent=1', ...process.env };
  const child = spawn(process.execPath, ['--import', 'tsx', 'server/main.ts'], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<null>((resolve) => child.once('close', () => resolve(null)));
  const listening = new Promise<string>((resolve) => {
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      const line = output.split('\n').find((text) => text.includes('"event":"listening"') && text.endsWith('}'));
      if (line !== undefined) resolve((JSON.parse(line) as { url: string }).url);
    });
  });
  const killWithUs = () => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const url = await Promise.race([listening, ended]);
  if (url === null) return null;
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
    process.off('exit', killWithUs);
  };
  return { url, stop };
}
