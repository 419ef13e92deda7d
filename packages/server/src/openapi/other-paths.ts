import { eventsPath } from '../events/index.ts';
import { socketPath } from '../socket/index.ts';
import { dialectPaths } from './dialect-paths.ts';
import { problemResponsesOf } from './responses.ts';
import { schemaRef } from './schemas.ts';

const refusals = problemResponsesOf(401, 403);
const json = { 'application/json': { schema: { type: 'object' } } };
const text = { 'text/plain': { schema: { type: 'string' } } };

/** The paths that are not system calls. */
export function otherPaths(): Record<string, object> {
  return {
    '/': get('welcome', 'Say what this is and where things are.', json),
    [eventsPath]: { get: eventsOperation() },
    [socketPath]: { get: socketOperation() },
    '/api/openapi.json': get('openapi', 'This document.', json),
    '/metrics': get('metrics', 'Metrics in the Prometheus text format.', text),
    '/healthz': isPublic(get('healthz', 'Say that the kernel is alive.', json, problemResponsesOf(403))),
    '/readyz': isPublic(
      get('readyz', 'Say whether the kernel takes calls.', json, problemResponsesOf(403, 503)),
    ),
    '/hooks/{trigger}': { post: hookOperation() },
    ...dialectPaths(),
  };
}

function hookOperation(): object {
  return {
    operationId: 'hook',
    summary: 'Receive a webhook of a trigger.',
    description:
      'Signed by its sender: X-Hub-Signature-256 as GitHub does, or webhook-signature as Standard Webhooks do. X-GitHub-Delivery, webhook-id or Idempotency-Key name the delivery; a repeat of it does nothing.',
    security: [],
    parameters: [{ name: 'trigger', in: 'path', required: true, schema: { type: 'integer', minimum: 1 } }],
    requestBody: { content: { '*/*': { schema: {} } } },
    responses: {
      202: { description: 'It is on disk, and delivered once', content: json },
      ...problemResponsesOf(400, 401, 404, 409, 503),
    },
  };
}

function get(operationId: string, summary: string, content: object, problems = refusals) {
  return {
    get: {
      operationId,
      summary,
      responses: { 200: { description: 'As the summary says', content }, ...problems },
    },
  };
}

function isPublic<Path extends { get: object }>(path: Path) {
  return { get: { ...path.get, security: [] } };
}

function eventsOperation(): object {
  return {
    operationId: 'events',
    summary: 'Stream what happens in the kernel, from now on.',
    parameters: [
      {
        name: 'types',
        in: 'query',
        description: 'Types of events, comma-separated; all when absent',
        schema: { type: 'string' },
      },
      {
        name: 'pid',
        in: 'query',
        description: 'Only events of this process and its descendants',
        schema: { type: 'integer', minimum: 1 },
      },
    ],
    responses: {
      200: {
        description: 'Each event’s name is its type and its data a KernelEvent',
        content: { 'text/event-stream': { schema: { type: 'string' } } },
      },
      ...problemResponsesOf(400, 401, 403, 503),
    },
  };
}

function socketOperation(): object {
  return {
    operationId: 'socket',
    summary: 'Open a WebSocket for many calls and subscriptions.',
    description:
      'The client sends frames of the schema ClientFrame, the kernel those of ServerFrame, as JSON text.',
    responses: {
      101: { description: 'The connection is a WebSocket from here on' },
      ...problemResponsesOf(401, 403, 503),
    },
    'x-aios-frames': { client: schemaRef('ClientFrame'), server: schemaRef('ServerFrame') },
  };
}
