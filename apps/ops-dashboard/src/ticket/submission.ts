import { ApiFailure } from '../api/api-client.js';

/** An order that is meant once, however often it is sent. */
export interface Submission {
  /** The text of the request, the same for the same ticket. */
  readonly request: string;
  readonly key: string;
  /** An attempt may have placed it and gave no answer: to be told, and to be sent again with this key alone. */
  readonly isUnanswered: boolean;
}

/** Every submission without a definite answer, the one that was tried last at the end. */
export interface OpenSubmissions {
  readonly open: readonly Submission[];
  /** One had to make room without having been answered: its key is lost. */
  readonly hasForgotten: boolean;
}

export const NONE_OPEN: OpenSubmissions = { open: [], hasForgotten: false };

/** More than a person leaves unanswered; it bounds what the browser keeps. */
export const MAX_OPEN = 20;

/**
 * What an attempt tells of its order. `refused`: the server looked its key up, found nothing and took nothing.
 * `turned_away`: it took nothing now, but did not look whether an earlier attempt was placed.
 */
export type Outcome = 'placed' | 'refused' | 'turned_away' | 'unknown';

/** Refusals that come after the key was looked up (order-api.md 1 and 4.11). */
const LOOKED_UP = new Set([
  'invalid',
  'pair_not_available',
  'below_minimum',
  'duplicate_custom_order_id',
  'too_many_orders',
  'no_market_data',
]);

/** What a failed attempt tells; of what we do not know for sure we know nothing. */
export function outcomeOf(error: unknown): Exclude<Outcome, 'placed'> {
  if (!(error instanceof ApiFailure)) return 'unknown';
  if (LOOKED_UP.has(error.code)) return 'refused';
  return error.isOutage ? 'unknown' : 'turned_away';
}

/** Opens the submission of a request before it is sent: with the key that it has, as long as it is not settled. */
export function begin(
  { open, hasForgotten }: OpenSubmissions,
  request: string,
  newKey: () => string,
): { readonly submissions: OpenSubmissions; readonly submission: Submission } {
  const known = open.find((one) => one.request === request);
  const submission = { request, key: known?.key ?? newKey(), isUnanswered: known !== undefined };
  return { submission, submissions: bounded([...open.filter((one) => one !== known), submission], hasForgotten) };
}

/** After an attempt. Only a definite answer to this very request closes it, whatever came of others. */
export function settle(submissions: OpenSubmissions, { request, key }: Submission, outcome: Outcome): OpenSubmissions {
  const { open, hasForgotten } = submissions;
  const known = open.find((one) => one.key === key);
  const others = open.filter((one) => one !== known);
  if (outcome === 'unknown') return bounded([...others, { request, key, isUnanswered: true }], hasForgotten);
  return outcome === 'turned_away' && known?.isUnanswered === true ? submissions : { open: others, hasForgotten };
}

/** Whether an order may have been placed that nobody was told of. */
export function hasUnanswered({ open, hasForgotten }: OpenSubmissions): boolean {
  return hasForgotten || open.some(({ isUnanswered }) => isUnanswered);
}

/** 128 random bits. `crypto.randomUUID` is missing on pages that are not served over TLS or from this machine. */
export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Reads back what was kept in the browser. The page that sent it is gone, so nobody will hear an answer any more. */
export function readSubmissions(text: string | null): OpenSubmissions {
  try {
    const value = JSON.parse(text ?? 'null') as Partial<OpenSubmissions> | null;
    if (!Array.isArray(value?.open)) return NONE_OPEN;
    const open = (value.open as readonly (Partial<Submission> | null)[]).flatMap((one) =>
      typeof one?.request === 'string' && typeof one.key === 'string'
        ? [{ request: one.request, key: one.key, isUnanswered: true }]
        : [],
    );
    return bounded(open, value.hasForgotten === true);
  } catch {
    return NONE_OPEN;
  }
}

function bounded(open: readonly Submission[], hasForgotten: boolean): OpenSubmissions {
  return { open: open.slice(-MAX_OPEN), hasForgotten: hasForgotten || open.length > MAX_OPEN };
}
