// Runs inside a sandbox that may reach the internet: takes what comes to a port of its own loopback to the kernel’s proxy, and
// runs the program meanwhile. Imports nothing but Node.js, for nothing else is there.

import { spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { constants } from 'node:os';

const [socketPath = '', port = '', program = '', ...given] = process.argv.slice(2);

const server = createServer((client) => {
  const proxy = connect(socketPath);
  client.pipe(proxy).pipe(client);
  client.on('error', () => proxy.destroy()).on('close', () => proxy.destroy());
  proxy.on('error', () => client.destroy()).on('close', () => client.destroy());
});

server.listen(Number(port), '127.0.0.1', () => {
  const child = spawn(program, given, { stdio: 'inherit' });
  child.on('error', (error) => {
    console.error(error.message);
    process.exit(127);
  });
  child.on('exit', (code, signal) =>
    process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
  );
});
