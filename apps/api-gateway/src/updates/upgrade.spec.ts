import { expect, it } from '@jest/globals';
import { judgeUpgrade } from './upgrade.js';

const judge = (url: string, headers: Record<string, string> = {}, allowed: string[] = []) =>
  judgeUpgrade({ url, headers: { host: 'desk.example:8080', ...headers } }, allowed);

it('takes the token from the query, with and without a slash', () => {
  for (const url of ['/ws/orders/?token=abc', '/ws/orders?x=1&token=abc'])
    expect(judge(url)).toEqual({ kind: 'accepted', token: 'abc' });
  for (const url of ['/ws/orders/', `/ws/orders/?token=${'x'.repeat(257)}`])
    expect(judge(url)).toEqual({ kind: 'accepted', token: '' });
});

it('knows no other path', () => {
  for (const url of ['/', '/ws', '/ws/orders/x?token=abc', '/ws/strategy?token=abc', ''])
    expect(judge(url)).toEqual({ kind: 'refused', why: 'not_found' });
});

it('lets pages of its own host and of allowed origins connect, and no others', () => {
  const accepted = { kind: 'accepted', token: '' };
  expect(judge('/ws/orders/', { origin: 'http://desk.example:8080' })).toEqual(accepted);
  expect(judge('/ws/orders/', { origin: 'https://DESK.example:8080' })).toEqual(accepted);
  expect(judge('/ws/orders/', { origin: 'https://other.example' }, ['https://other.example'])).toEqual(accepted);
  for (const origin of ['https://other.example', 'http://desk.example', 'http://desk.example:8081', 'null', ''])
    expect(judge('/ws/orders/', { origin }, ['https://allowed.example'])).toEqual({
      kind: 'refused',
      why: 'forbidden',
    });
});
