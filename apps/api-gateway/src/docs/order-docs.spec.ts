import { expect, it } from '@jest/globals';
import { ORDER_SCHEMAS } from './order-docs.js';

it('tells the answer for one order from that for many: neither fits the schema of the other', () => {
  const partOf = (name: string): { properties: object; required: readonly string[] } => {
    const { properties, required } = ORDER_SCHEMAS[name] ?? {};
    return { properties: properties as object, required: (required ?? []) as readonly string[] };
  };
  const [one, many] = [partOf('CanceledOrder'), partOf('BulkAnswer')];
  expect(one.required.filter((key) => !(key in many.properties))).toEqual(expect.arrayContaining(['id', 'status']));
  expect(many.required.filter((key) => !(key in one.properties))).toEqual(['order_ids', 'errors']);
  for (const { properties, required } of [one, many])
    expect(Object.keys(properties)).toEqual(expect.arrayContaining([...required]));
});
