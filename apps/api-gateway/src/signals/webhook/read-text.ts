import { Dec, err, ok, type Decimal, type Result } from '#domain';
import { readDecimal } from '#order-intake';
import { collapse } from '../common/canonical-body.js';
import { schemaFault, type SignalFault } from '../common/fault.js';
import { found, type JsonFields } from '../common/json.js';
import { actionNamed } from './action-words.js';

const LINE_END = /[\r\n\v\f\u2028\u2029]/;
const NUMBER = String.raw`[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`;
/** `... order sell @ 2 filled on BTCUSDT. New strategy position is 0`, with white space collapsed. */
const STOCK_SENTENCE = new RegExp(
  String.raw`(?:^|[^A-Za-z])order (buy|sell) @ (${NUMBER}) filled on (\S+)\. New strategy position is (${NUMBER})\.?$`,
  'i',
);
/** What keys of the text command are called in JSON. */
const KEYS: ReadonlyMap<string, string> = new Map([
  ['size', 'size'],
  ['side', 'side'],
  ['sl', 'stop_loss'],
  ['tp', 'take_profit'],
  ['lev', 'leverage'],
  ['price', 'price'],
  ['ttl', 'ttl_s'],
  ['id', 'signal_id'],
  ['max_lag', 'max_lag'],
]);
const FORM = '<action> [symbol] [size] [key=value ...]';

/**
 * A text as the fields of the JSON that says the same: one command, or the stock sentence of TradingView's strategies
 * (signal-apis.md 4.3). A command with a price is a limit order.
 */
export function readText(text: string): Result<JsonFields, SignalFault> {
  const line = text.trim();
  if (line === '') return refuse('must not be empty');
  if (LINE_END.test(line)) return refuse('must be one line of text');
  const collapsed = collapse(line);
  const sentence = STOCK_SENTENCE.exec(collapsed);
  if (sentence !== null) return readSentence(sentence);
  return readCommand(collapsed);
}

function readCommand(line: string): Result<JsonFields, SignalFault> {
  const [word = '', ...rest] = line.split(' ');
  if (actionNamed(word) === undefined) return refuse(`must be JSON or ${FORM}, began with ${found(word)}`);
  const firstKey = rest.findIndex((part) => part.includes('='));
  const [plain, keyed] = firstKey < 0 ? [rest, []] : [rest.slice(0, firstKey), rest.slice(firstKey)];
  const [first, second] = plain;
  if (plain.length > 2) return refuse(`must be ${FORM}, had ${found(plain.slice(2).join(' '))} after the size`);
  const fields = new Map<string, string>([['action', word]]);
  if (second !== undefined) fields.set('size', second);
  if (first !== undefined) fields.set(second === undefined && readDecimal(first) !== null ? 'size' : 'symbol', first);
  for (const part of keyed) {
    const at = part.indexOf('=');
    const name = KEYS.get(part.slice(0, Math.max(0, at)).toLowerCase());
    if (name === undefined) return refuse(`must have only keys ${[...KEYS.keys()].join(' ')}, had ${found(part)}`);
    if (at === part.length - 1) return refuse(`must have a value after each =, had ${found(part)}`);
    if (fields.has(name)) return refuse(`must say ${name} once, said it again in ${found(part)}`);
    fields.set(name, part.slice(at + 1));
  }
  if (fields.has('price')) fields.set('order_type', 'limit');
  return ok(Object.fromEntries(fields));
}

/** The sign of the new position is the state that is wanted; what the order changed tells the position before. */
function readSentence([, side, contracts, symbol, position]: RegExpExecArray): Result<JsonFields, SignalFault> {
  const [size, after] = [readDecimal(contracts ?? ''), readDecimal(position ?? '')];
  if (size === null || after === null || symbol === undefined)
    return refuse(`must have numbers below 10^20, had ${found(`${contracts ?? ''} and ${position ?? ''}`)}`);
  const before = side?.toLowerCase() === 'buy' ? after.sub(size) : after.add(size);
  const isChange = !after.isZero() && after.mul(before).gt(0);
  const sizes = { market_position_size: showSize(after), prev_market_position_size: showSize(before) };
  return ok({ symbol, market_position: stateOf(after), ...(isChange ? sizes : {}) });
}

const stateOf = (position: Decimal): string => (position.isZero() ? 'flat' : position.gt(0) ? 'long' : 'short');
const showSize = (position: Decimal): string => new Dec(position.abs()).toFixed();
const refuse = (message: string): Result<never, SignalFault> => err(schemaFault(`body: ${message}`));
