/**
 * Takes the pictures of the README from a running system: `npm start` in one terminal, `npm run screenshots` in another.
 * Places orders on its demo account and waits until the first is two thirds done; takes about three minutes.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { launchBrowser } from '../test/support/browser.ts';
import { ROOT } from './setup.mjs';

const folder = join(ROOT, 'docs/images');
const demoFile = process.argv[2] ?? join(ROOT, '.tranche/demo.json');
const { apiUrl, token } = JSON.parse(readFileSync(demoFile, 'utf8'));
const DURATION_S = 180;

async function call(method, path, body) {
  const response = await fetch(new URL(path, apiUrl), {
    method,
    headers: { Authorization: `Token ${token}`, 'Content-Type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${answer.error}`);
  return answer;
}

const place = (order) => call('POST', '/api/orders/', { accounts: ['mock'], strategy: 'TWAP', ...order });
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

await place({ pair: 'BTC-USDT', side: 'sell', base_asset_qty: '0.2', strategy: 'Market' });
await place({ pair: 'BTC-USDT', side: 'buy', base_asset_qty: '0.05', duration: 20 });
await place({ pair: 'ETH-USDT', side: 'buy', quote_asset_qty: '25000', duration: 420 });
const canceled = await place({ pair: 'ETH-USDT', side: 'sell', base_asset_qty: '3', duration: 600 });
await place({ pair: 'ETH-USDT', side: 'buy', base_asset_qty: '1.5', strategy: 'Limit', limit_price: '2500' });
const later = new Date(Date.now() + 900_000).toISOString();
await place({ pair: 'BTC-USDT', side: 'buy', base_asset_qty: '0.5', duration: 600, start_datetime: later });
await place({ pair: 'ETH-USDT', side: 'sell', base_asset_qty: '12', duration: 300, notes: 'Rebalance' });
await place({ pair: 'BTC-USDT', side: 'sell', base_asset_qty: '0.75', duration: 900, limit_price: '55000' });
const { id } = await place({ pair: 'BTC-USDT', side: 'buy', base_asset_qty: '1.25', duration: DURATION_S });
await pause((DURATION_S * 1_000) / 4);
await call('DELETE', `/api/order/${canceled.id}`);
await pause((DURATION_S * 1_000 * 5) / 12);

mkdirSync(folder, { recursive: true });
const browser = await launchBrowser();
const context = await browser.newContext({ viewport: { width: 1440, height: 810 }, locale: 'en-US' });
await context.addInitScript((kept) => {
  globalThis.sessionStorage.setItem('tranche.token', kept);
}, token);
const page = await context.newPage();
await page.goto(apiUrl);
await page.locator('tbody tr').nth(5).waitFor();
await page.keyboard.press('n');
await page.locator('.ticket [name=size]').fill('0.5');
await page.locator('.market[data-empty=false]').waitFor();
await page.locator('h1').first().hover({ force: true });
await page.screenshot({ path: join(folder, 'blotter.png') });
await page.locator('.close').click();
await page.goto(`${apiUrl}/#/orders/${id}`);
await page.locator('[data-testid=charts]:not([data-fills="0"])').waitFor();
await page.locator('tr.child').first().waitFor();
await page.locator('.child-status[data-status=filled]').first().waitFor();
await page.screenshot({ path: join(folder, 'order.png') });
await browser.close();
process.stdout.write(`Wrote blotter.png and order.png to ${folder}\n`);
