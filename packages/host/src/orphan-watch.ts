// A thread of a child process that ends it when the kernel is gone, though the agent’s code may never yield.

import { Socket } from 'node:net';
import { workerData } from 'node:worker_threads';

const { lifeline } = workerData as { lifeline: number };
const socket = new Socket({ fd: lifeline, readable: true, writable: false });
socket.on('error', () => socket.destroy());
socket.on('close', () => process.kill(process.pid, 'SIGKILL'));
socket.resume();
