import { syscallNames } from '@aios/protocol';
import { serverVersion } from '../version.ts';
import { otherPaths } from './other-paths.ts';
import { componentSchemas } from './schemas.ts';
import { syscallPaths } from './syscall-paths.ts';

/** The description of the HTTP API in OpenAPI 3.1, derived from the system-call table. */
export function openApiDocument() {
  const families = new Set(syscallNames.map((name) => name.split('.')[0]));
  return {
    openapi: '3.1.0',
    info: {
      title: 'AIOS',
      version: serverVersion,
      description:
        'System calls of an operating system for AI agents. Errors are problem documents (RFC 9457).',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }],
    tags: [...families].map((name) => ({ name })),
    paths: { ...syscallPaths(), ...otherPaths() },
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'The token in the file credentials of the kernel’s home',
        },
      },
      schemas: componentSchemas(),
    },
  };
}
