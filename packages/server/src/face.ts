import type { Kernel } from '@aios/kernel';
import type { FastifyInstance } from 'fastify';
import type { Activity } from './activity.ts';
import type { ServerLimits } from './limits.ts';

/** What every face works with. */
export interface FaceContext {
  readonly kernel: Kernel;
  readonly activity: Activity;
  readonly limits: ServerLimits;
}

/** Adds the routes of a face. */
export type RegisterFace = (app: FastifyInstance, context: FaceContext) => void;
