import { AiosError, type ClientFrame, clientFrame } from '@aios/protocol';
import { z } from 'zod';
import { parseJson } from '../wire/json.ts';

const withId = z.object({ id: z.number().int().nonnegative() });

/** A frame, or what is wrong with it and the id that it was meant for, where that can be read. */
export type FrameReading =
  | { readonly frame: ClientFrame }
  | { readonly error: AiosError; readonly id: number | null };

export function readFrame(text: string): FrameReading {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (error) {
    if (!AiosError.isInstance(error)) throw error;
    return { error, id: null };
  }
  const result = clientFrame.safeParse(json);
  if (result.success) return { frame: result.data };
  const problems = result.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `${path.join('.')}: ${message}`,
  );
  return {
    error: new AiosError(
      'invalid_argument',
      `This is not a frame: ${problems.join('; ')}. Send call, cancel, subscribe or unsubscribe.`,
    ),
    id: withId.safeParse(json).data?.id ?? null,
  };
}
