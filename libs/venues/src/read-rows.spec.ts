import { describe, expect, it } from '@jest/globals';
import { err, ok } from '#domain';
import type { Page } from './ports.js';
import { readRows } from './read-rows.js';

interface Row {
  readonly id: string;
}
/** Pages of three, walked by the last row's id; a row without a quantity cannot be read. */
const read = (body: unknown) => {
  const rows = Object.entries((body as { data: object }).data).map(([key, row]) => ({ key, ...(row as object) }));
  const bad = rows.find((row) => !('qty' in row));
  if (bad !== undefined) return err({ code: 'MALFORMED_REPLY', text: `${bad.key}.qty: must be there` });
  const named = rows as unknown as Row[];
  return ok<Page<Row>>({
    rows: named.map(({ id }) => ({ id })),
    next: named.length < 3 ? null : (named.at(-1)?.id ?? null),
  });
};
const page = (data: object) => readRows({ data, code: '0' }, ['data'], read, ({ id }) => id);
const good = (id: string) => ({ id, qty: '1' });

describe('a list of which one row cannot be read', () => {
  it('is read without it, told with its reason, and goes on where the whole one would', () => {
    expect(page([good('1'), { id: '2' }, good('3')])).toEqual(
      ok({
        rows: [{ id: '1' }, { id: '3' }],
        next: '3',
        unreadable: [{ code: 'MALFORMED_REPLY', text: '0.qty: must be there in {"id":"2"}' }],
      }),
    );
    const last = page([good('1'), good('2'), { id: '3' }]);
    expect(last).toMatchObject({ value: { rows: [{ id: '1' }, { id: '2' }], next: '2' } });
    const first = page([{ id: '1' }, good('2'), good('3')]);
    expect(first).toMatchObject({ value: { rows: [{ id: '2' }, { id: '3' }], next: '3' } });
  });

  it('is read without it where rows stand under their names', () => {
    expect(page({ a: good('1'), b: { id: '2' } })).toMatchObject({
      value: { rows: [{ id: '1' }], next: null, unreadable: [{ text: 'b.qty: must be there in {"id":"2"}' }] },
    });
  });

  it('is not read at all where no row can be, or the fault lies elsewhere', () => {
    expect(page([{ id: '1' }, { id: '2' }]).ok).toBe(false);
    expect(readRows({}, ['data'], () => err({ code: 'X', text: 'no list' }), String).ok).toBe(false);
    const never = () => err({ code: 'X', text: 'must reach back further' });
    expect(readRows({ data: [good('1')] }, ['data'], never, String).ok).toBe(false);
    expect(page([good('1')])).toEqual(ok({ rows: [{ id: '1' }], next: null }));
  });
});
