/** The relay's listening HTTP servers. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Limits } from './limits';

export interface Listener {
  readonly server: Server;
  /** 0 lets the system choose. */
  readonly port: number;
  readonly host: string;
}

/** Cuts off whoever takes longer than `handshakeMs` to say what they want. */
export function openHttp(limits: Pick<Limits, 'handshakeMs' | 'connections'>, pages: RequestListener): Server {
  const { handshakeMs, connections } = limits;
  const http = createServer(
    {
      headersTimeout: handshakeMs,
      requestTimeout: handshakeMs,
      connectionsCheckingInterval: Math.max(100, Math.floor(handshakeMs / 4)),
      keepAliveTimeout: 5000,
      maxHeaderSize: 8192,
    },
    pages,
  );
  // Pages need a few connections beside the WebSockets.
  http.maxConnections = connections + 100;
  return http;
}

/**
 * The port it then has.
 * @throws the system's error, with the port it could not have.
 */
export async function listenOn({ server, port, host }: Listener): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

export function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
