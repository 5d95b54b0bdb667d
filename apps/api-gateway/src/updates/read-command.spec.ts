import { expect, it } from '@jest/globals';
import { readCommand } from './read-command.js';

it('reads what clients may say', () => {
  expect(readCommand('{"command":"keep_alive"}')).toEqual({ name: 'keep_alive' });
  expect(readCommand('{"command":"subscribe","data_type":"user_orders"}')).toEqual({ name: 'subscribe', since: null });
  expect(readCommand('{"command":"subscribe","data_type":"user_orders","since":null,"x":1}')).toEqual({
    name: 'subscribe',
    since: null,
  });
  expect(readCommand('{"command":"subscribe","data_type":"user_orders","since":4700}')).toEqual({
    name: 'subscribe',
    since: 4700,
  });
  expect(readCommand('{"command":"unsubscribe","data_type":"user_orders"}')).toEqual({ name: 'unsubscribe' });
});

it.each([
  '',
  'keep_alive',
  'null',
  '[]',
  '7',
  '{}',
  '{"command":"fly"}',
  '{"command":"subscribe"}',
  '{"command":"subscribe","data_type":"prices"}',
  '{"command":"unsubscribe"}',
  '{"command":"subscribe","data_type":"user_orders","since":-1}',
  '{"command":"subscribe","data_type":"user_orders","since":1.5}',
  '{"command":"subscribe","data_type":"user_orders","since":"7"}',
  '{"command":"subscribe","data_type":"user_orders","since":9007199254740993}',
])('takes %j for no command', (text) => {
  expect(readCommand(text)).toBeNull();
});
