import { err, ok, OPEN_STATUSES, type AccountId, type ParentOrderStatus, type Result } from '#domain';
import { readTimeMicros, shown } from '#order-intake';
import type { EpochMicros, GroupFilter, OrderFilter, VenueAccount } from '#persistence';
import type { FieldErrors } from '../http/api-error.js';

/** Query parameters as the server splits them; a repeated one is a list. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface ListRequest {
  readonly filter: OrderFilter;
  readonly page: number;
  readonly pageSize: number;
}

const STATUSES: readonly ParentOrderStatus[] = [...OPEN_STATUSES, 'COMPLETE', 'CANCELED'];
const MAX_PAGE = 1000;
const DEFAULT_PAGE_SIZE = 100;
const MAX_PAGE_SIZE = 1000;

/** Reads what a list of orders is asked for (order-api.md 1, 2, 9). Pure. `limit` is one more than a page, to see whether there is another. */
export function readListQuery(
  query: Query,
  accounts: readonly VenueAccount[],
  defaultPageSize = DEFAULT_PAGE_SIZE,
): Result<ListRequest, FieldErrors> {
  return readListOf(query, accounts, STATUSES, defaultPageSize);
}

/** As {@link readListQuery}, of what has these statuses. Pure. */
export function readListOf<Status extends string>(
  query: Query,
  accounts: readonly VenueAccount[],
  statuses: readonly Status[],
  defaultPageSize = DEFAULT_PAGE_SIZE,
): Result<Omit<ListRequest, 'filter'> & { readonly filter: GroupFilter<Status> }, FieldErrors> {
  const errors: Record<string, string[]> = {};
  const fail = (field: string, text: string): null => {
    (errors[field] ??= []).push(text);
    return null;
  };
  const page = readPage(query, fail);
  const pageSize = readPageSize(query, fail, defaultPageSize);
  const filter: GroupFilter<Status> = {
    statuses: readStatuses(query, statuses, fail),
    accountIds: readAccountNames(query, accounts, fail),
    customOrderIds: readCustomOrderIds(query),
    before: readTime(query, 'before', fail),
    after: readTime(query, 'after', fail),
    limit: pageSize + 1,
    offset: (page - 1) * pageSize,
  };
  return Object.keys(errors).length > 0 ? err(errors) : ok({ filter, page, pageSize });
}

/** Repeated, comma-joined or mixed; blanks are dropped. */
export function valuesOf(query: Query, ...names: readonly string[]): string[] {
  return names
    .flatMap((name) => query[name] ?? [])
    .flatMap((value) => value.split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '');
}

export type Fail = (field: string, text: string) => null;

/** An id that could never have been stored matches nothing, which is not the same as no filter. */
function readCustomOrderIds(query: Query): string[] | null {
  // As a whole too: an id may hold a comma or begin with a space.
  const wanted = [...valuesOf(query, 'custom_order_ids'), ...[query['custom_order_ids'] ?? []].flat()].filter(
    (id) => id.trim() !== '',
  );
  return wanted.length === 0 ? null : wanted.filter((id) => !id.includes('\0'));
}

function readStatuses<Status extends string>(query: Query, known: readonly Status[], fail: Fail): Status[] | null {
  const wanted = valuesOf(query, 'statuses', 'status').map((text) => {
    const upper = text.toUpperCase();
    const status = known.find((s) => s === (upper === 'COMPLETED' ? 'COMPLETE' : upper));
    return status ?? fail('statuses', `unexpected status ${shown(text)}, must be one of ${known.join(', ')}`);
  });
  return nullIfEmpty(wanted.filter((status) => status !== null));
}

function readAccountNames(query: Query, accounts: readonly VenueAccount[], fail: Fail): AccountId[] | null {
  const wanted = valuesOf(query, 'account_names').flatMap((name) => {
    const account = accounts.find((a) => a.name === name);
    if (account !== undefined) return account.routes.map(({ accountId }) => accountId);
    fail('account_names', `unknown account ${shown(name)}`);
    return [];
  });
  return nullIfEmpty(wanted);
}

/** A time of a query; null without one, and where it is none, which is then recorded. */
export function readTime(query: Query, name: string, fail: Fail): EpochMicros | null {
  const text = lastOf(query, name);
  if (text === null) return null;
  const at = readTimeMicros(text);
  return at === null ? fail(name, `${name} must be an ISO-8601 time, was ${shown(text)}`) : (at as EpochMicros);
}

/** 1 without one, and where it is wrong, which is then recorded. */
export function readPage(query: Query, fail: Fail): number {
  const text = lastOf(query, 'page', 'page_number');
  if (text === null) return 1;
  const page = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (page >= 1 && page <= MAX_PAGE) return page;
  fail('page', `page out of range, must be [1,${MAX_PAGE}], was ${shown(text)}`);
  return 1;
}

/** Clamped to the largest page. */
export function readPageSize(query: Query, fail: Fail, otherwise = DEFAULT_PAGE_SIZE): number {
  const text = lastOf(query, 'page_size');
  if (text === null) return otherwise;
  const size = /^\d+$/.test(text) ? Number(text) : 0;
  if (size >= 1) return Math.min(size, MAX_PAGE_SIZE);
  fail('page_size', `page_size must be at least 1, was ${shown(text)}`);
  return otherwise;
}

/** The last of a repeated parameter counts; an empty one is absent. */
export function lastOf(query: Query, ...names: readonly string[]): string | null {
  const text = names.flatMap((name) => query[name] ?? []).at(-1);
  return text === undefined || text.trim() === '' ? null : text.trim();
}

function nullIfEmpty<T>(values: T[]): T[] | null {
  return values.length === 0 ? null : values;
}
