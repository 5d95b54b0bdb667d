import { AppError } from '#domain';

/** The database could not be reached, or the connection broke. What was in flight may or may not be committed. */
export class DatabaseUnavailableError extends AppError<'DATABASE_UNAVAILABLE'> {
  readonly code = 'DATABASE_UNAVAILABLE';
  constructor(cause: unknown) {
    super('The database did not answer', {}, { cause });
  }
}

/** The database answers but its settings would lose or leak what we store. */
export class UnsafeDatabaseError extends AppError<'DATABASE_UNSAFE'> {
  readonly code = 'DATABASE_UNSAFE';
}

/** A row was changed by someone else since it was read. */
export class ConcurrentUpdateError extends AppError<'CONCURRENT_UPDATE'> {
  readonly code = 'CONCURRENT_UPDATE';
}

/**
 * A statement was made in a transaction that has ended: some branch of its work went on after another had failed, or
 * nobody waited for it. Nothing was sent.
 */
export class TransactionOverError extends AppError<'TRANSACTION_OVER'> {
  readonly code = 'TRANSACTION_OVER';
  constructor(statement: string) {
    super(`The transaction must be open, was over before: ${statement.trim().slice(0, 80)}`);
  }
}

/** Serialization failure, deadlock, a plan that a migration made stale: nothing was done, the whole transaction may be run again (D-08). */
export function isRetryable(error: unknown): boolean {
  const code = postgresCode(error);
  return code === '40001' || code === '40P01' || isStalePlan(error);
}

/** A statement that was prepared before a column was added to what it selects. */
export function isStalePlan(error: unknown): boolean {
  return postgresCode(error) === '0A000' && error instanceof Error && error.message.includes('cached plan');
}

/** Classes 08 (connection), 53 (resources), 57P (shutdown) and lock, statement or idle time-outs. */
export function isUnavailable(error: unknown): boolean {
  const code = postgresCode(error);
  if (code !== undefined)
    return (
      /^(08|53|57P)/.test(code) ||
      ['25P03', '55P03', '57014', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND'].includes(code)
    );
  return (
    error instanceof Error &&
    /timeout exceeded when trying to connect|Connection terminated|not queryable/.test(error.message)
  );
}

/** True when a unique constraint of that name was violated. */
export function violates(error: unknown, constraint: string): boolean {
  return postgresCode(error) === '23505' && propertyOf(error, 'constraint') === constraint;
}

/** SQLSTATE or the system's code, however deep the error is wrapped. */
export function postgresCode(error: unknown): string | undefined {
  const code = propertyOf(error, 'code');
  return typeof code === 'string' ? code : undefined;
}

function propertyOf(error: unknown, key: string): unknown {
  if (typeof error !== 'object' || error === null) return undefined;
  if (key in error) return (error as Record<string, unknown>)[key];
  return propertyOf((error as { driverError?: unknown }).driverError, key);
}
