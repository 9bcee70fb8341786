/**
 * Two homes and a relay, in network namespaces of this process's own: each home behind a NAT of its own, nothing else in the world.
 *
 *   ana 192.168.7.2 ── NAT 10.9.0.7 ──┐
 *                                     ├── bridge ── relay 10.9.0.1
 *   jun 192.168.8.2 ── NAT 10.9.0.8 ──┘
 */
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { requireTool } from './network-tools';

export type Home = 'ana' | 'jun';
/** `symmetric` maps each destination to another port; `udp-blocked` lets TCP alone pass. */
export type NatKind = 'ordinary' | 'symmetric' | 'udp-blocked';

export const RELAY_ADDRESS = '10.9.0.1';
const SUBNETS: Readonly<Record<Home, number>> = { ana: 7, jun: 8 };
const HOMES = Object.keys(SUBNETS) as Home[];
const PREFIX = 'tincan';
const FORWARDER = fileURLToPath(new URL('./port-forwarder.mjs', import.meta.url));

/** Port-restricted in any case: from outside comes only what answers something from inside. */
function ruleset(kind: NatKind): string {
  return `flush ruleset
table ip nat {
  chain postrouting { type nat hook postrouting priority srcnat; oifname "wan0" masquerade ${kind === 'symmetric' ? 'random,fully-random' : ''}; }
}
table ip filter {
  chain forward { type filter hook forward priority filter; policy accept;
    ${kind === 'udp-blocked' ? 'meta l4proto udp drop' : ''}
    ct state established,related accept
    iifname "wan0" drop
  }
  chain input { type filter hook input priority filter; policy accept;
    ct state established,related accept
    iifname "wan0" drop
  }
}`;
}

function ip(...args: readonly string[]): string {
  return execFileSync(requireTool('ip'), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function namespaces(): string[] {
  const names = ip('netns', 'list')
    .split('\n')
    .map((line) => line.split(' ')[0] ?? '');
  return names.filter((name) => name.startsWith(`${PREFIX}-`));
}

function remove(namespace: string): void {
  for (const pid of ip('netns', 'pids', namespace).split('\n').filter(Boolean)) {
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
  ip('netns', 'del', namespace);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Left by runs that were killed. */
function removeStale(): void {
  for (const name of namespaces()) if (!isAlive(Number(name.split('-')[1]))) remove(name);
}

let count = 0;

export class TwoNats {
  readonly #prefix = `${PREFIX}-${process.pid}-${++count}`;
  readonly #folder = mkdtempSync(join(tmpdir(), 'tincan-nats-'));
  readonly #forwarders: { disconnect(): void }[] = [];
  readonly #endWithUs = () => this.#remove();

  /** @throws {Error} naming the package that is missing, or what this machine does not allow and who may do it. */
  constructor() {
    requireTool('ip');
    requireTool('nft');
    process.once('exit', this.#endWithUs);
    try {
      removeStale();
      this.#build();
    } catch (error) {
      this.end();
      const why = (error as Error).message.trim();
      throw new Error(`Network namespaces need Linux and root with CAP_SYS_ADMIN and CAP_NET_ADMIN. Run the tests so. ${why}`);
    }
  }

  /** The namespace of a home's browser, or of the relay. */
  namespace(of: Home | 'relay'): string {
    return `${this.#prefix}-${of}`;
  }

  setNat(home: Home, kind: NatKind): void {
    const args = ['netns', 'exec', `${this.#prefix}-nat-${home}`, requireTool('nft'), '-f', '-'];
    execFileSync(requireTool('ip'), args, { input: ruleset(kind), stdio: ['pipe', 'ignore', 'pipe'] });
  }

  /** What a browser is started with to live in this home. */
  launch(home: Home, browser: string): { readonly executable: string; readonly reach: (port: number) => Promise<number> } {
    const executable = join(this.#folder, home);
    const command = `exec ${requireTool('ip')} netns exec ${this.namespace(home)} ${browser} "$@"`;
    writeFileSync(executable, `#!/bin/sh\n${command}\n`, { mode: 0o755 });
    return { executable, reach: (port) => this.#reach(home, port) };
  }

  end(): void {
    process.off('exit', this.#endWithUs);
    this.#remove();
  }

  /** A port here that leads to the port of that number on the home's loopback. */
  async #reach(home: Home, port: number): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const execArgv = ['netns', 'exec', this.namespace(home), process.execPath];
    const child = fork(FORWARDER, [String(port)], { execPath: requireTool('ip'), execArgv });
    this.#forwarders.push(child);
    await once(child, 'message');
    // The socket was made here and stays here; whoever accepts on it lives there.
    await new Promise<void>((resolve, reject) => child.send('accept', server, (error) => (error ? reject(error) : resolve())));
    const { port: here } = server.address() as AddressInfo;
    server.close();
    return here;
  }

  #build(): void {
    const relay = this.namespace('relay');
    ip('netns', 'add', relay);
    ip('-n', relay, 'link', 'set', 'lo', 'up');
    ip('-n', relay, 'link', 'add', 'br0', 'type', 'bridge', 'forward_delay', '0');
    ip('-n', relay, 'addr', 'add', `${RELAY_ADDRESS}/24`, 'dev', 'br0');
    ip('-n', relay, 'link', 'set', 'br0', 'up');
    for (const home of HOMES) this.#buildHome(home);
  }

  #buildHome(home: Home): void {
    const [relay, inside, nat] = [this.namespace('relay'), this.namespace(home), `${this.#prefix}-nat-${home}`];
    const subnet = SUBNETS[home];
    for (const name of [inside, nat]) ip('netns', 'add', name);
    ip('link', 'add', 'eth0', 'netns', inside, 'type', 'veth', 'peer', 'name', 'lan0', 'netns', nat);
    ip('link', 'add', 'wan0', 'netns', nat, 'type', 'veth', 'peer', 'name', home, 'netns', relay);
    ip('-n', relay, 'link', 'set', home, 'master', 'br0', 'up');
    ip('-n', inside, 'addr', 'add', `192.168.${subnet}.2/24`, 'dev', 'eth0');
    ip('-n', nat, 'addr', 'add', `192.168.${subnet}.1/24`, 'dev', 'lan0');
    ip('-n', nat, 'addr', 'add', `10.9.0.${subnet}/24`, 'dev', 'wan0');
    for (const device of ['lo', 'eth0']) ip('-n', inside, 'link', 'set', device, 'up');
    for (const device of ['lo', 'lan0', 'wan0']) ip('-n', nat, 'link', 'set', device, 'up');
    ip('-n', inside, 'route', 'add', 'default', 'via', `192.168.${subnet}.1`);
    ip('netns', 'exec', nat, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
    this.setNat(home, 'ordinary');
  }

  #remove(): void {
    for (const child of this.#forwarders.splice(0)) child.disconnect();
    for (const name of namespaces()) if (name.startsWith(`${this.#prefix}-`)) remove(name);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
