// What a person sees who opens the address of the kernel: where things are.

import type { RegisterFace } from '../face.ts';
import { serverVersion } from '../version.ts';

export const registerWelcome: RegisterFace = (app) => {
  app.get('/', async () => ({
    name: 'AIOS',
    version: serverVersion,
    links: {
      description: '/api/openapi.json',
      syscalls: '/api/syscalls/{name}',
      socket: '/api/socket',
      events: '/api/events',
      openai: '/v1',
      anthropic: '/v1/messages',
      gemini: '/v1beta',
      metrics: '/metrics',
      health: '/healthz',
      ready: '/readyz',
    },
  }));
};
