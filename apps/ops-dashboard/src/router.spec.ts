import { expect, it } from '@jest/globals';
import { accountPath, ACCOUNTS, orderPath, readRoute } from './router.js';

const ID = '6d3f2c1a-0b4e-4f7a-9c8d-1e2f3a4b5c6d';

it.each([
  ['', { page: 'blotter' }],
  ['#/nowhere', { page: 'blotter' }],
  [orderPath(ID.toUpperCase()), { page: 'order', id: ID }],
  [ACCOUNTS, { page: 'accounts', name: null }],
  [accountPath('desk_2-b'), { page: 'accounts', name: 'desk_2-b' }],
  ['#/accounts/a/b', { page: 'blotter' }],
])('reads the page of %s', (hash, route) => {
  expect(readRoute(hash)).toEqual(route);
});
