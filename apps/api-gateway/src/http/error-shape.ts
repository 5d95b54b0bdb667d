import { errorBody, type ApiError } from './api-error.js';

/** Routes whose failures are told in the shape of signal-apis.md 5.1; all others in that of the order API. */
const SIGNAL_MANAGEMENT = /^\/manage\/v1\/(strategies|mizar-keys|subscriptions)(\/|$)/;

/** Whether failures of a path are `code`, `message` and `fields`, no more. */
export function isSignalManagement(path: string): boolean {
  return SIGNAL_MANAGEMENT.test(path);
}

/** The body of a failure in the shape that its path has. @param url with or without a query */
export function failureBody(error: ApiError, requestId: string, url: string): Record<string, unknown> {
  if (!isSignalManagement(url.split('?', 1)[0] ?? '')) return errorBody(error, requestId);
  return { code: error.code, message: error.message, fields: error.errors };
}
