/** Programs of the system that tests of networks run: namespaces, packet filters, somebody else's STUN client. */
import { execFileSync } from 'node:child_process';
import { debianCommand, firstOf, installDebianPackages } from './packages';

/** Each with its Debian package. */
const TOOLS = { ip: 'iproute2', nft: 'nftables', turnutils_stunclient: 'coturn' } as const;
type Tool = keyof typeof TOOLS;
const NAMES = Object.keys(TOOLS) as Tool[];

/** System programs often lie outside a user's PATH. */
function find(tool: Tool): string | undefined {
  return firstOf([tool], [`/usr/sbin/${tool}`, `/sbin/${tool}`]);
}

/** Its path. @throws {Error} saying how to get it */
export function requireTool(tool: Tool): string {
  const path = find(tool);
  if (path === undefined) throw new Error(`no ${tool} was found. Install it with:  ${debianCommand([TOOLS[tool]])}`);
  return path;
}

/** Debian starts what it installs, now and at every boot; of coturn only the client is wanted. */
function stopCoturn(): void {
  const systemctl = firstOf(['systemctl'], []);
  if (systemctl === undefined) return;
  try {
    execFileSync(systemctl, ['disable', '--now', 'coturn'], { stdio: 'ignore' });
  } catch {
    // Not installed after all, or a machine on which systemd does not run.
  }
}

/** Null when all are here, installed where that may be done, or else how to get what is missing. */
export function missingTools(): string | null {
  const packages = () => NAMES.filter((tool) => find(tool) === undefined).map((tool) => TOOLS[tool]);
  const wanted = packages();
  installDebianPackages(wanted);
  if (wanted.includes('coturn')) stopCoturn();
  const missing = packages();
  return missing.length === 0 ? null : `Install what tests of networks need:  ${debianCommand(missing)}`;
}
