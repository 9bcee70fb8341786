/**
 * `node tests/bootstrap.mjs FILE.ts [arguments]`: runs a TypeScript file of this project on a fresh clone. Plain JavaScript on
 * Node alone, since nothing is installed yet: it says which Node is missing, installs packages, then hands over.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const NEEDED = [20, 19];

function fail(line) {
  console.error(line);
  process.exit(1);
}

function isOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  return major < NEEDED[0] || (major === NEEDED[0] && minor < NEEDED[1]);
}

function packagesIn(file) {
  return Object.entries(JSON.parse(readFileSync(join(ROOT, file), 'utf8')).packages).filter(([path]) => path !== '');
}

/** Compares what is locked with what npm says it installed; packages for other systems are absent on purpose. */
function isInstalled() {
  if (!existsSync(join(ROOT, 'node_modules/.package-lock.json'))) return false;
  const installed = new Map(packagesIn('node_modules/.package-lock.json'));
  return packagesIn('package-lock.json').every(([path, entry]) => {
    const found = installed.get(path);
    return found === undefined
      ? entry.optional === true || entry.devOptional === true || entry.extraneous === true
      : found.version === entry.version;
  });
}

function install() {
  console.log('Installing packages (npm ci) …');
  try {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: ROOT, stdio: 'inherit', shell: process.platform === 'win32' });
  } catch {
    fail('npm ci failed: see its lines above. It needs the network, or a filled npm cache.');
  }
}

if (isOldNode()) fail(`Tincan needs Node ${NEEDED.join('.')} or newer; this is Node ${process.versions.node}.`);
const [file, ...rest] = process.argv.slice(2);
if (file === undefined) fail('Usage: node tests/bootstrap.mjs FILE.ts [arguments]');
if (!isInstalled()) install();

process.chdir(ROOT);
const path = resolve(ROOT, file);
process.argv = [process.argv[0], path, ...rest];
const { register } = await import('tsx/esm/api');
register();
await import(pathToFileURL(path).href);
