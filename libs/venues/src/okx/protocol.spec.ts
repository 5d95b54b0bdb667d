import { expect, it } from '@jest/globals';
import { OKX } from './protocol.js';

const key = { accountId: 'a', apiKey: 'k' };

it.each([
  ['beside the secret', { apiSecret: 's:e:c', passphrase: 'p:1' }, { secret: 's:e:c', password: 'p:1' }],
  ['after a colon', { apiSecret: 's:p:1' }, { secret: 's', password: 'p:1' }],
])('takes the passphrase %s', (_, given, expected) => {
  expect(OKX.keysOf({ ...key, ...given })).toEqual({ apiKey: 'k', ...expected });
});
