import { z } from 'zod';

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type JsonObject = { [key: string]: JsonValue };

/** Anything that JSON can carry. */
export const jsonValue: z.ZodType<JsonValue> = z.json();

export const jsonObject: z.ZodType<JsonObject> = z.record(z.string(), jsonValue);
