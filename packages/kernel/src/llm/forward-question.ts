import type { ForwardRequest } from '@aios/protocol';

/** Whether a request may be passed on as it is: what a face knows of it. */
export type ForwardQuestion = Pick<ForwardRequest, 'dialect' | 'model' | 'orDefault' | 'needs'>;
