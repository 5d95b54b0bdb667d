import { expect, it } from '@jest/globals';
import { readUserCommand } from './user-options.js';

const read = (line: string, usualDir = '.tranche'): unknown =>
  readUserCommand(line === '' ? [] : line.split(' '), usualDir);

it('reads a new user, and a token of other scopes', () => {
  expect(read('add alice')).toEqual({
    ...{ action: 'add', user: 'alice', dataDir: '.tranche' },
    scopes: ['read', 'trade', 'cancel'],
  });
  expect(read('token demo --scopes Cancel,read,read', '/srv/a')).toEqual({
    ...{ action: 'token', user: 'demo', dataDir: '/srv/a' },
    scopes: ['read', 'cancel'],
  });
  expect(read('add bob --data-dir here', '/srv/a')).toMatchObject({ dataDir: 'here' });
  expect(read('--help')).toBeNull();
});

it.each([
  ['', 'the command must be add or token, was missing'],
  ['remove alice', 'the command must be add or token, was "remove"'],
  ['add', 'the name must be 1 to 40 letters, digits, "_", ".", "@" or "-", a letter or digit first, was missing'],
  ['add a/b', 'the name must be 1 to 40 letters, digits, "_", ".", "@" or "-", a letter or digit first, was "a/b"'],
  ['add alice bob', 'nothing must follow the name, was "bob"'],
  ['add alice --scopes read,write', '--scopes must be of read, trade, cancel, admin, halt, was "write"'],
  ['add alice --scopes=', '--scopes must be of read, trade, cancel, admin, halt, was ""'],
  ['add alice --admin', "Unknown option '--admin'"],
])('refuses %j', (line, text) => {
  expect(() => read(line)).toThrow(text);
});
