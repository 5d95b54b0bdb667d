/**
 * Places one order with a system that replays a tape, follows it to its end, and prints its fills and its cost beside the
 * recorded market of the same minutes. Start `npm start -- --tape FILE` first; then:
 *
 *   node scripts/replay-order.mjs [--data-dir .tranche] [--side buy] [--qty 2] [--duration 270] [--strategy TWAP]
 *
 * The market's figures are computed from the tape itself, between the recorded times at which the order was accepted and
 * at which it ended: its VWAP is over all recorded trades, ours not among them.
 */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createGunzip } from 'node:zlib';

const text = (value) => ({ type: 'string', default: value });
const { values } = parseArgs({
  options: {
    'data-dir': text('.tranche'),
    side: text('buy'),
    qty: text('2'),
    duration: text('270'),
    strategy: text('TWAP'),
  },
});
const demo = JSON.parse(await readFile(join(values['data-dir'], 'demo.json'), 'utf8'));

async function api(method, path, body) {
  const response = await globalThis.fetch(new URL(path, demo.apiUrl), {
    method,
    headers: { authorization: `Token ${demo.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const reply = await response.json();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${JSON.stringify(reply)}`);
  return reply;
}

async function tape() {
  const { markets } = await (await globalThis.fetch(`${demo.simControlUrl}/control/markets`)).json();
  const found = markets.find(({ source }) => source === 'replay');
  if (found === undefined) throw new Error('The exchange replays no tape: start it with npm start -- --tape FILE');
  return found;
}

/** VWAP and volume of the recorded trades from `from` to `to` (ISO), and the recorded mid at both. */
async function recordedMarket({ file, symbol }, from, to) {
  const [first, last] = [Date.parse(from), Date.parse(to)];
  let [base, quote, count, midFirst, midLast] = [0, 0, 0, NaN, NaN];
  const lines = createInterface({ input: createReadStream(file).pipe(createGunzip()) });
  for await (const line of lines) {
    const at = Number(line.slice(0, 13));
    if (at > last) break;
    let data;
    try {
      ({ data } = JSON.parse(line.slice(20)));
    } catch {
      continue;
    }
    if (data?.s !== symbol) continue;
    if (data.e === 'trade') {
      if (at < first) continue;
      base += Number(data.q);
      quote += Number(data.q) * Number(data.p);
      count += 1;
    } else if (typeof data.b === 'string') {
      midLast = (Number(data.b) + Number(data.a)) / 2;
      if (at <= first) midFirst = midLast;
    }
  }
  return { vwap: quote / base, base, count, midFirst, midLast };
}

const body = { accounts: ['mock'], pair: 'BTC-USDT', side: values.side, base_asset_qty: Number(values.qty) };
const { at: beganAt, ofSeconds, seconds, speed } = await tape();
const leftS = (ofSeconds - seconds) / speed;
if (values.strategy === 'TWAP' && Number(values.duration) > leftS)
  console.warn(`The tape ends in ${leftS.toFixed(0)} s, before the order does: its market then stands still`);
const { id } = await api('POST', '/api/orders/', {
  ...body,
  strategy: values.strategy,
  ...(values.strategy === 'TWAP' ? { duration: Number(values.duration) } : {}),
});
console.log(`order ${id}: ${values.strategy} ${values.side} ${values.qty} BTC over ${values.duration} s`);
let order = await api('GET', `/api/order/${id}`);
for (let next = 0; order.active; order = await api('GET', `/api/order/${id}`)) {
  await delay(1_000);
  if (Date.now() / 1_000 > next) {
    next = Date.now() / 1_000 + 30;
    console.log(`  ${order.pct_filled} % filled`);
  }
}
const ended = await tape();
const market = await recordedMarket(ended, beganAt, ended.at);

const fills = (role) => order.fills.filter((fill) => role === undefined || fill.role === role);
const sum = (list, field) => list.reduce((total, fill) => total + Number(fill[field]), 0);
const row = (name, list) =>
  console.log(
    `${name.padEnd(8)}${String(list.length).padStart(6)}${sum(list, 'qty').toFixed(5).padStart(12)}${(list.length === 0 ? '-' : (sum(list, 'notional') / sum(list, 'qty')).toFixed(2)).padStart(12)}`,
  );
console.log(
  `\n${order.status} (${order.completion_reason ?? order.failure_reason}), ${order.placements.length} child orders\n`,
);
console.log(`${'fills'.padEnd(8)}${'count'.padStart(6)}${'BTC'.padStart(12)}${'price'.padStart(12)}`);
row('maker', fills('MAKE'));
row('taker', fills('TAKE'));
row('all', fills());

const average = sum(fills(), 'notional') / sum(fills(), 'qty');
const sign = values.side === 'buy' ? 1 : -1;
const bps = (benchmark) => (sign * Math.log(average / benchmark) * 10_000).toFixed(2);
console.log(`\ncost analysis of the system: ${JSON.stringify(order.stats, null, 2)}`);
console.log(`\nrecorded market from ${beganAt} to ${ended.at}`);
console.log(
  `  ${market.count} trades, ${market.base.toFixed(3)} BTC; mid ${market.midFirst.toFixed(3)} to ${market.midLast.toFixed(3)}`,
);
console.log(`  VWAP ${market.vwap.toFixed(2)}: the order paid ${bps(market.vwap)} bps against it (positive is worse)`);
