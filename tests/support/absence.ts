/** People who go away and come back: the whole browser, or only what its network host is connected to. */
import { contactOf, inHost, type Person } from './in-touch';
import { type RelayProcess, startRelay } from './relay';

/** The browser is closed; what is returned opens it again, with no page. */
export async function closeBrowser({ browser }: Person, isHard = false): Promise<() => Promise<void>> {
  let open: () => void = () => undefined;
  const isWanted = new Promise<void>((resolve) => {
    open = resolve;
  });
  let back = Promise.resolve();
  await new Promise<void>((closed, failed) => {
    const whileClosed = () => {
      closed();
      return isWanted;
    };
    back = browser.relaunch({ isHard, whileClosed });
    back.catch(failed);
  });
  return () => {
    open();
    return back;
  };
}

/** The process is killed; what is returned starts one on the same port and data. */
export async function stopRelay({ kill, port, dataDir }: RelayProcess): Promise<() => Promise<RelayProcess>> {
  await kill('SIGKILL');
  return () => startRelay({ port, dataDir });
}

/** No relay can be reached from this browser any more, as on a machine whose network is gone. Lasts as long as the network host. */
export function cutRelays(person: Person): Promise<void> {
  return inHost(person, () => {
    const scope = window as unknown as { isCut?: boolean; WebSocket: typeof WebSocket };
    if (scope.isCut === undefined) {
      const Real = scope.WebSocket;
      const { send } = Real.prototype;
      Real.prototype.send = function (data) {
        if (scope.isCut) this.close();
        else send.call(this, data);
      };
      // Nobody listens there.
      const construct = (Socket: typeof WebSocket, [url = '', protocol = '']: readonly string[]) =>
        new Socket(scope.isCut ? 'ws://127.0.0.1:9' : url, protocol);
      scope.WebSocket = new Proxy(Real, { construct });
    }
    scope.isCut = true;
    // The host looks whether its connections are still alive, and finds that they are not.
    window.dispatchEvent(new Event('online'));
  });
}

export function joinRelays(person: Person): Promise<void> {
  return inHost(person, () => {
    Object.assign(window, { isCut: false });
    window.dispatchEvent(new Event('online'));
  });
}

/** This end of the string is gone without a word. */
export async function dropString(person: Person): Promise<void> {
  const { id } = await contactOf(person.panel);
  await inHost(
    person,
    async (peer: string) => {
      const { prototype } = RTCPeerConnection;
      const { getStats } = prototype;
      const dropping = function (this: RTCPeerConnection) {
        const stats = getStats.call(this);
        void stats.then(() => this.close());
        return stats;
      };
      prototype.getStats = dropping as typeof getStats;
      await (window as unknown as { tincanHost: { inspect(peer: string): Promise<unknown> } }).tincanHost.inspect(peer);
      prototype.getStats = getStats;
    },
    id,
  );
}
