/** A key for each order that is meant once, however often it is sent. */
export interface Submission {
  readonly request: string;
  readonly key: string;
  /** It was sent and nobody knows yet what became of it. */
  readonly isOpen: boolean;
}

/**
 * The submission for a request: the same key as long as the same request has not been settled, so that a second click
 * or another attempt after a lost connection cannot place a second order; the server replays its answer instead.
 */
export function submissionOf(last: Submission | null, request: string, newKey: () => string): Submission {
  return { request, key: last !== null && last.request === request ? last.key : newKey(), isOpen: true };
}

/** Whether another request is still open, which may have been placed. */
export function isOtherOpen(last: Submission | null, request: string): boolean {
  return last !== null && last.isOpen && last.request !== request;
}

/** After a refusal: the server keeps nothing of it, so the same key may be tried again. */
export function refused(submission: Submission): Submission {
  return { ...submission, isOpen: false };
}

/** 128 random bits. `crypto.randomUUID` is missing on pages that are not served over TLS or from this machine. */
export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Reads back what was kept in the browser; null when it is none. */
export function readSubmission(text: string | null): Submission | null {
  try {
    const value = JSON.parse(text ?? 'null') as Partial<Submission> | null;
    return typeof value?.request === 'string' && typeof value.key === 'string'
      ? { request: value.request, key: value.key, isOpen: value.isOpen === true }
      : null;
  } catch {
    return null;
  }
}
