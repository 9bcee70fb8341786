/** Runs in a network namespace: what is accepted on a socket from outside goes to a port on the loopback in here. */
import { connect } from 'node:net';

const port = Number(process.argv[2]);

process.once('message', (_message, server) => {
  server.on('connection', (outer) => {
    const inner = connect(port, '127.0.0.1');
    outer.pipe(inner).pipe(outer);
    for (const [one, other] of [
      [outer, inner],
      [inner, outer],
    ])
      one.on('error', () => other.destroy());
  });
});
process.once('disconnect', () => process.exit());
// Sent earlier, the socket would accept before anybody listens to it.
process.send('ready');
