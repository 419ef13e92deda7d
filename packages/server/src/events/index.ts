// What happens in the kernel, as Server-Sent Events: GET /api/events?types=process-changed,syscall-settled&pid=3.

import type { RegisterFace } from '../face.ts';
import { sessionOf } from '../guard/index.ts';
import { EventStream } from '../wire/event-stream.ts';
import { readFilter } from './filter.ts';

export const eventsPath = '/api/events';

export const registerEvents: RegisterFace = (app, { activity, limits }) => {
  app.get(eventsPath, { exposeHeadRoute: false }, async (request, reply) => {
    const filter = readFilter(request.query);
    // Before the stream begins, which tells the client that all is well.
    sessionOf(request).authorise('kernel.events');
    using cleanup = new DisposableStack();
    cleanup.use(activity.openLine({ close: async () => stream.end() }));
    const stream = new EventStream(reply, limits);
    cleanup.defer(() => void stream.end());
    const listener = sessionOf(request).subscribe(
      filter,
      (event) => stream.send({ event: event.type, data: event, id: event.sequence }),
      (reason) => {
        stream.send({ event: 'error', data: reason.toProblem() });
        void stream.end();
      },
    );
    cleanup.use(listener);
    await stream.closed;
  });
};
