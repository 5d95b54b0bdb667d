import type { DatabaseUnavailableError } from '#persistence';
import { ApiError } from './api-error.js';

/** What a client is told while the database does not answer. */
export function unavailable(cause: DatabaseUnavailableError): ApiError {
  return ApiError.retryLater('unavailable', 'the service cannot answer at the moment, try again', 1, cause);
}
