import { expect, it } from '@jest/globals';
import { RouteTable } from './route-table.js';

it('tells an unknown path from a wrong verb', () => {
  const table = new RouteTable();
  table.add('/api/order/:id', ['GET']);
  table.add('/api/order/:id', ['DELETE']);
  table.add('/docs/openapi.json', ['GET']);
  expect(table.methodsOf('/api/order/7')).toEqual(['DELETE', 'GET']);
  expect(table.methodsOf('/api/order/7/')).toEqual(['DELETE', 'GET']);
  expect(table.methodsOf('/api/order/')).toEqual([]);
  expect(table.methodsOf('/api/order/7/8')).toEqual([]);
  expect(table.methodsOf('/docs/openapi-json')).toEqual([]);
});
