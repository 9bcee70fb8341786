/** Python, which runs the second reader: `PYTHON_PATH`, or `python3` on the PATH. */
import { execFileSync } from 'node:child_process';
import { debianCommand, firstOf, installDebianPackages } from './packages';

const OLDEST = [3, 11] as const;
const PACKAGE = 'python3';

function findPython(): string | undefined {
  return process.env.PYTHON_PATH || firstOf(['python3', 'python3.exe'], []);
}

function installCommand(): string {
  if (process.platform === 'darwin') return 'brew install python';
  return process.platform === 'win32' ? 'winget install Python.Python.3.13' : debianCommand([PACKAGE]);
}

/** Its path. @throws {Error} saying how to get one that is new enough */
export function requirePython(): string {
  const path = findPython();
  if (path === undefined) throw new Error(`no python3 was found. Install it with:  ${installCommand()}`);
  const isNewEnough = `import sys; sys.exit(sys.version_info < (${OLDEST.join(', ')}))`;
  try {
    execFileSync(path, ['-c', isNewEnough], { stdio: 'ignore' });
  } catch {
    throw new Error(`${path} is older than ${OLDEST.join('.')}, or does not run. Install a newer one:  ${installCommand()}`);
  }
  return path;
}

/** Null when it is here, or else why not. */
export function missingPython(): string | null {
  if (findPython() === undefined) installDebianPackages([PACKAGE]);
  try {
    requirePython();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
