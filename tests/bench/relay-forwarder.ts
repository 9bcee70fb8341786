/**
 * The limit that no relay in this process model can pass: Express and ws, which forward each cell from its writer to its reader and do
 * nothing else. No store, no answer, no right. `node --import tsx relay-forwarder.ts` prints its port.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { type WebSocket, WebSocketServer } from 'ws';

const http = createServer(express());
const sockets = new WebSocketServer({ server: http, perMessageDeflate: false });
const readers = new Map<string, WebSocket>();

/** `/read/NAME` reads what is written at `/write/NAME`. */
sockets.on('connection', (socket, { url = '' }) => {
  const [, role, name = ''] = url.split('/');
  if (role === 'read') readers.set(name, socket);
  else socket.on('message', (data) => readers.get(name)?.send(data));
});

http.listen(0, '127.0.0.1', () => console.log((http.address() as AddressInfo).port));
