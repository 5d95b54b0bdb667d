import { ok, type Result } from '#domain';
import type { Cause, Page } from './ports.js';

/** Where in a reply the rows of a list stand: the names of the fields that lead to them. */
export type RowsAt = readonly string[];

/** So much of a row is told with what is wrong with it. */
const EXCERPT_CHARS = 200;

type Container = readonly unknown[] | Readonly<Record<string, unknown>>;

/**
 * Reads one page of a list, without those of its rows that cannot be read where there are others that can (S-13): one mangled row
 * must not hide the rest. Which were left out is told with the page, so that nobody takes it for whole.
 * @param idOf names a row, so that none is in the page twice
 */
export function readRows<T>(
  body: unknown,
  rowsAt: RowsAt,
  read: (body: unknown) => Result<Page<T>, Cause>,
  idOf: (row: T) => string,
): Result<Page<T>, Cause> {
  const whole = read(body);
  const container = containerAt(body, rowsAt);
  if (whole.ok || container === null) return whole;
  const keys = Object.keys(container);
  const unreadable = new Map<string, Cause>();
  for (const key of keys) {
    const alone = read(withRows(body, rowsAt, only(container, key)));
    if (!alone.ok)
      unreadable.set(key, { code: alone.error.code, text: `${alone.error.text} in ${excerptOf(container, key)}` });
  }
  // All or none: it is not the rows.
  if (unreadable.size === 0 || unreadable.size === keys.length) return whole;
  const rest = read(withRows(body, rowsAt, withoutRows(container, unreadable)));
  if (!rest.ok) return rest;
  const seen = new Set<string>();
  const rows = rest.value.rows.filter((row) => {
    const id = idOf(row);
    return seen.has(id) ? false : seen.add(id);
  });
  return ok({ ...rest.value, rows, unreadable: [...unreadable.values()] });
}

/** In a list another row takes the place of one that cannot be read: how long it is and how it ends say where the next page begins. */
function withoutRows(container: Container, unreadable: ReadonlyMap<string, Cause>): Container {
  const good = Object.keys(container).filter((key) => !unreadable.has(key));
  if (!Array.isArray(container)) return Object.fromEntries(good.map((key) => [key, rowOf(container, key)]));
  let last: unknown = container[Number(good[0])];
  return container.map((row: unknown, at) => (last = unreadable.has(String(at)) ? last : row));
}

function excerptOf(container: Container, key: string): string {
  return JSON.stringify(rowOf(container, key) ?? null).slice(0, EXCERPT_CHARS);
}

const rowOf = (container: Container, key: string): unknown => (container as Readonly<Record<string, unknown>>)[key];

function only(container: Container, key: string): Container {
  const row = rowOf(container, key);
  return Array.isArray(container) ? [row] : { [key]: row };
}

function containerAt(body: unknown, [field, ...deeper]: RowsAt): Container | null {
  if (typeof body !== 'object' || body === null) return null;
  if (field === undefined) return body as Container;
  return containerAt((body as Readonly<Record<string, unknown>>)[field], deeper);
}

function withRows(body: unknown, [field, ...deeper]: RowsAt, rows: Container): unknown {
  if (field === undefined) return rows;
  const outer = body as Readonly<Record<string, unknown>>;
  return { ...outer, [field]: withRows(outer[field], deeper, rows) };
}
