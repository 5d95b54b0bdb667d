import { z } from 'zod';
import { InvalidNumberError, type Result, err, ok } from '#domain';
import type { Cause } from '../ports.js';
import { errorBody } from './wire-schemas.js';

/** JSON text as a value; undefined when it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * Venue input as one of our values. What does not fit the schema, or holds a number that cannot be one of
 * ours, is a cause and never an exception (S-13).
 */
export function decode<Schema extends z.ZodType, T>(
  schema: Schema,
  map: (value: z.output<Schema>) => T,
  input: unknown,
): Result<T, Cause> {
  const parsed = schema.safeParse(input);
  if (!parsed.success) return err({ code: 'MALFORMED_REPLY', text: firstProblem(parsed.error) });
  try {
    return ok(map(parsed.data));
  } catch (error) {
    if (error instanceof InvalidNumberError || error instanceof RangeError) {
      return err({ code: 'MALFORMED_REPLY', text: error.message });
    }
    throw error;
  }
}

function firstProblem(error: z.ZodError): string {
  const issue = error.issues[0];
  return issue === undefined ? 'unexpected shape' : `${issue.path.join('.') || 'body'}: ${issue.message}`;
}

/** The venue's own code and text in an error body, where there is one. */
export function venueError(body: string | undefined): { readonly code: string | null; readonly text: string } {
  const parsed = body === undefined ? undefined : errorBody.safeParse(parseJson(body));
  if (parsed === undefined || !parsed.success) return { code: null, text: '' };
  return { code: String(parsed.data.code), text: parsed.data.msg };
}
