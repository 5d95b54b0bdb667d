import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.js';
import { CuttableProxy } from '../support/cuttable-proxy.js';
import { TrancheProcess } from '../support/tranche-process.js';
import { until } from '../support/until.js';

/** Bounds what hangs: a key is judged, and a page comes back, in more than fifteen seconds on a busy machine. */
const LIMIT_MS = 60_000;

let system: TrancheProcess;
let proxy: CuttableProxy;
let browser: Browser;
let page: Page;
/** What the browser complained about. */
const complaints: string[] = [];
/** While the network is cut, the browser says so, and that is right. */
let isCut = false;

/** 503 is what a busy machine may answer; the page says so and asks again. */
const EXPECTED = /^Failed to load resource: the server responded with a status of (400|401|403|422|503)/;
const OF_THE_NETWORK = /ERR_|WebSocket connection to|Failed to load resource/;

beforeAll(async () => {
  [system, browser] = await Promise.all([TrancheProcess.create(), launchBrowser()]);
  proxy = await CuttableProxy.to(system.demo.apiUrl);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-US' });
  page = await context.newPage();
  page.setDefaultTimeout(LIMIT_MS);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    const text = message.text();
    if (!EXPECTED.test(text) && !(isCut && OF_THE_NETWORK.test(text))) complaints.push(text);
  });
});

afterAll(async () => {
  await browser.close();
  await proxy.cut();
  await system.remove();
});

/** Waits for the element and for what it says. */
const says = (locator: Locator, text: string | RegExp, timeout = LIMIT_MS): Promise<void> =>
  locator.filter({ hasText: text }).first().waitFor({ timeout });

const field = (name: string): Locator => page.locator(`.ticket [data-field="${name}"]`);
const error = (name: string): Locator => field(name).locator('.field-error');
const textsOf = async (name: string): Promise<string[]> => error(name).allTextContents();
const type = (name: string, value: string): Promise<void> => field(name).locator('input').fill(value);
const place = (): Locator => page.locator('.ticket .place');
const ordersOfApi = async (): Promise<{ id: string; custom_order_id: string; notes: string }[]> =>
  ((await system.call('GET', '/api/orders/')).body as { orders: never[] }).orders;

async function seriousViolations(): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

interface SimKey {
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** A key of an account of its own at the simulated exchange, bound to addresses. */
async function keyAtExchange(name: string, enableWithdrawals: boolean): Promise<SimKey> {
  const key = (await system.control('POST', 'accounts', { name, balances: { USDT: '1000' } })) as SimKey;
  await system.control('PUT', `accounts/${name}/restrictions`, { enableWithdrawals, ipRestrict: true });
  return key;
}

/** How many colours a canvas holds: a blank one has one. */
const coloursOf = (selector: string): Promise<number> =>
  page.evaluate<number>(`(() => {
    const canvas = document.querySelector(${JSON.stringify(`${selector} canvas`)});
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  })()`);

const orderIdOfPage = async (): Promise<string> => {
  await page.waitForURL(/#\/orders\/[0-9a-f-]{36}$/);
  return page.url().slice(-36);
};

describe('the dashboard', () => {
  it('opens in a browser whose language no formatter knows', async () => {
    const context = await browser.newContext();
    const content = "Object.defineProperty(Navigator.prototype, 'language', { get: () => 'en-US@posix' })";
    await context.addInitScript({ content });
    const foreign = await context.newPage();
    await foreign.goto(proxy.url);
    await foreign.locator('input').first().waitFor();
    await context.close();
  });

  it('lets in whom the API lets in, and says why not', async () => {
    await page.goto(proxy.url);
    await page.getByLabel('API token').fill('f'.repeat(40));
    await page.keyboard.press('Enter');
    await says(page.getByRole('alert'), 'Invalid token.');
    expect(await seriousViolations()).toEqual([]);
    await page.getByLabel('API token').fill(system.demo.token);
    await page.keyboard.press('Enter');
    await says(page.locator('.signal'), 'Live');
    expect(page.url()).not.toContain(system.demo.token);
    expect(await page.evaluate('localStorage.length + document.cookie.length')).toBe(0);
    await says(page.locator('.empty'), 'No orders here.');
  });

  it('shows each message of the server beside its field, and the others on top', async () => {
    await page.keyboard.press('n');
    await type('pair', 'nope');
    await type('size', '0');
    await type('duration', 'soon');
    await type('limit_price', '-3');
    await type('schedule_discretion', '2');
    await field('accounts').getByRole('checkbox').uncheck();
    await page.getByRole('button', { name: 'More' }).click();
    await type('notes', 'x'.repeat(1001));
    await page.getByRole('button', { name: 'More' }).click();
    await place().click();
    await says(error('pair'), 'pair must correct syntax');
    expect(await textsOf('size')).toEqual(['base_asset_qty must be greater than 0']);
    expect(await textsOf('duration')).toEqual([expect.stringMatching(/^duration must be an integer, was .*soon/)]);
    expect(await textsOf('limit_price')).toEqual(['limit_price must be greater than 0']);
    expect(await textsOf('schedule_discretion')).toEqual(['schedule_discretion out of range, must be [0,1]']);
    expect(await textsOf('accounts')).toEqual(['accounts must be a non-empty list']);
    expect(await textsOf('notes')).toEqual(['notes must be at most 1000 characters']);
    expect(await textsOf('engine_passiveness')).toEqual([]);
    expect(await page.getByTestId('ticket-top').textContent()).toBe('');
    expect(await seriousViolations()).toEqual([]);

    await type('notes', '');
    await type('pair', 'ETH-USDT');
    await type('duration', '10m');
    await type('limit_price', '');
    await type('schedule_discretion', '');
    await field('accounts').getByRole('checkbox').check();
    await type('size', '0.0001');
    await place().click();
    await says(error('size'), 'notional must be at least the minimum');
    await page.route('**/api/orders/', (route) =>
      route.request().method() === 'POST'
        ? route.fulfill({ status: 422, json: { error: 'ETH-USDT is blocked: audit', code: 'restricted', errors: {} } })
        : route.continue(),
    );
    await place().click();
    await says(page.getByTestId('ticket-top'), 'ETH-USDT is blocked: audit');
    expect(await error('size').count()).toBe(0);
    await page.unroute('**/api/orders/');
    await says(page.locator('.market'), /Bid.*\d,\d{3}\.\d\d.*Ask.*\d,\d{3}\.\d\d/s);
    expect(await ordersOfApi()).toEqual([]);
  });

  it('places a TWAP once however often it is clicked, and shows it filling to its end', async () => {
    let sent = 0;
    page.on('request', (request) => {
      if (request.method() === 'POST' && request.url().endsWith('/api/orders/')) sent += 1;
    });
    // A press of the mouse wherever the button stands, whether it takes presses or not.
    const press = (): Promise<void> => place().click({ force: true });
    await type('size', '1.5');
    await type('duration', '10s');
    await page.evaluate(`(() => { const b = document.querySelector('.ticket .place'); b.click(); b.click(); })()`);
    const id = await orderIdOfPage();
    await press(); // the second press of a slow double-click: the first has its answer
    await says(page.getByTestId('order-status'), 'ACTIVE');
    await press();
    expect(sent).toBe(1);
    await says(place(), 'Placed');
    expect((await ordersOfApi()).map((order) => order.id)).toEqual([id]);
    const charts = page.getByTestId('charts');
    const number = async (name: string): Promise<number> => Number(await charts.getAttribute(name));
    await until(async () => (await number('data-fills')) > 0, { everyMs: 50 });
    expect(await number('data-plan-points')).toBeGreaterThan(2);
    expect(await page.locator('.status[data-status="COMPLETE"]').count()).toBe(0);
    expect(await seriousViolations()).toEqual([]);
    await says(page.getByTestId('order-status'), 'COMPLETE', 60_000);
    await press(); // long after; the ticket was not changed
    await field('size').locator('input').press('Enter');
    expect((await ordersOfApi()).map((order) => order.id)).toEqual([id]);
    expect(sent).toBe(1);

    const order = (await system.order(id)) as {
      fills: { role: string }[];
      placements: { fills: { id: string }[]; id: string }[];
      average_executed_price: string;
      stats: { slippage_bps: string };
    };
    await until(async () => (await number('data-fills')) === order.fills.length, { everyMs: 50 });
    expect(await number('data-makers')).toBe(order.fills.filter((fill) => fill.role === 'MAKE').length);
    expect(await coloursOf('.chart.plan')).toBeGreaterThan(20);
    expect(await coloursOf('.chart.price')).toBeGreaterThan(20);
    expect(await page.locator('[data-figure="Executed"] .figure-value').textContent()).toBe('1.5000');
    const slippage = await page.locator('[data-figure="Slippage"] .figure-value').textContent();
    expect(slippage?.replace('+', '')).toBe(order.stats.slippage_bps);
    expect(await page.locator('tr.child').count()).toBe(order.placements.length);
    const filled = order.placements.find((child) => child.fills.length > 0)!;
    await page.locator(`[data-child="${filled.id}"] .expand`).click();
    await page.locator(`[data-fill="${filled.fills[0]!.id}"]`).waitFor();
    await says(page.locator('.messages li'), 'order completed');
    await page.locator('.chart.plan .u-over').hover({ position: { x: 5, y: 60 } });
    await says(page.locator('.legend-entry'), /^At/);
  });

  it('does not place twice when the answer is lost on the way, and another ticket was tried since', async () => {
    let isLost = false;
    await page.route('**/api/orders/', async (route) => {
      if (route.request().method() !== 'POST' || isLost) return route.continue();
      isLost = true;
      await route.fetch();
      return route.abort();
    });
    const before = page.url();
    await type('size', '0.3');
    await type('duration', '10m');
    await page.locator('.more-button[aria-expanded="false"]').click();
    await type('notes', 'answer lost');
    isCut = true;
    await place().click();
    await says(page.getByTestId('ticket-top'), 'It is not known whether the order was placed.');
    isCut = false;
    await page.unroute('**/api/orders/');
    await type('size', '0.0001');
    await place().click();
    await says(error('size'), 'notional must be at least the minimum');
    await says(page.getByTestId('ticket-top'), 'may have been placed');
    await type('size', '0.3');
    await place().click();
    await page.waitForURL((url) => url.href !== before);
    await until(async () => (await page.getByTestId('ticket-top').textContent()) === '', { everyMs: 50 });
    expect((await ordersOfApi()).filter((order) => order.notes === 'answer lost')).toHaveLength(1);
  });

  it('shows orders of others in the blotter as they come, and cancels after asking', async () => {
    await page.getByRole('link', { name: 'Tranche: all orders' }).click();
    const created = await system.ask('POST', '/api/orders/', {
      ...{
        accounts: ['mock'],
        pair: 'BTC-USDT',
        side: 'sell',
        strategy: 'TWAP',
        base_asset_qty: '0.05',
        duration: 600,
      },
    });
    const row = page.locator(`tr[data-order="${(created.body as { id: string }).id}"]`);
    await says(row.locator('.status'), 'ACTIVE');
    await until(async () => (await row.locator('.filled-number').textContent()) !== '0.00', {
      everyMs: 50,
      what: 'the row moves by itself',
    });
    await row.getByRole('link').focus();
    await page.keyboard.press('x');
    await says(page.getByRole('dialog'), 'Cancel this order?');
    await page.keyboard.press('Escape');
    expect(await page.getByRole('dialog').count()).toBe(0);
    await row.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel order' }).click();
    await says(row.locator('.status'), 'CANCELED');
    await page.getByRole('button', { name: 'Working', exact: true }).click();
    await row.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'All', exact: true }).click();
    await page.getByLabel('Search orders').fill('answer lost');
    await row.waitFor({ state: 'detached' });
    expect(await page.locator('tr[data-order]').count()).toBe(1);
    await page.getByLabel('Search orders').fill('');
    expect(await seriousViolations()).toEqual([]);
  });

  it('opens an account, takes its key, refuses one that can withdraw, and keeps nothing of either', async () => {
    const [greedy, good] = await Promise.all([keyAtExchange('greedy', true), keyAtExchange('modest', false)]);
    const panel = (name: string): Locator => page.getByRole('region', { name, exact: true });
    const enter = async (key: SimKey): Promise<void> => {
      await panel('Enter a key').locator('[name="api_key"]').fill(key.apiKey);
      await panel('Enter a key').locator('[name="api_secret"]').fill(key.apiSecret);
      await page.getByRole('button', { name: 'Enter key' }).click();
    };
    await page.getByRole('link', { name: 'Accounts', exact: true }).click();
    await says(page.locator('[data-row="mock"]'), /sim.*ready/);
    for (const venue of ['sim', 'sim-usdm']) await says(panel('Keys').locator(`[data-keys-of="${venue}"]`), 'in use');
    await page.getByRole('button', { name: 'Open an account' }).click();
    const dialog = page.getByRole('dialog');
    await says(dialog.getByTestId('promises'), 'no longer found after 90 days');
    await dialog.locator('[name="name"]').fill('not a name');
    await dialog.getByRole('button', { name: 'Open account' }).click();
    await says(dialog.locator('[data-field="name"] .field-error'), 'name must be 1 to 64 of letters');
    expect(await seriousViolations()).toEqual([]);
    await dialog.locator('[name="name"]').fill('second');
    await dialog.getByRole('button', { name: 'Open account' }).click();
    await page.waitForURL(/#\/accounts\/second$/);
    await says(panel('Keys'), 'No key yet');

    await page.getByRole('button', { name: 'Enter key' }).click();
    await says(panel('Enter a key').locator('[data-field="api_secret"] .field-error'), 'was empty');
    await enter(greedy);
    await says(page.getByTestId('key-top'), 'the key must not be able to withdraw');
    await says(panel('Keys'), 'No key yet');
    await panel('Enter a key').locator('[name="instruments"]').fill('BTCUSDT, ETHUSDT');
    await enter(good);
    await says(page.getByTestId('key-note'), 'Key accepted.');
    expect(await page.getByTestId('key-top').textContent()).toBe('');
    const row = page.locator('tr[data-key="1"]');
    await says(row, `…${good.apiKey.slice(-4)}`);
    await says(row, /in use.*cannot withdraw · bound to addresses.*BTCUSDT, ETHUSDT/);
    await says(page.locator('[data-row="second"]'), 'ready');
    expect(await seriousViolations()).toEqual([]);

    const kept = `(() => JSON.stringify([location.href, {...localStorage}, {...sessionStorage}, document.cookie,
      document.documentElement.outerHTML, [...document.querySelectorAll('input')].map((input) => input.value)]))()`;
    const traces = await page.evaluate<string>(kept);
    for (const { apiKey, apiSecret } of [greedy, good]) {
      expect(traces).not.toContain(apiKey);
      expect(traces).not.toContain(apiSecret);
    }

    await row.getByRole('button', { name: 'Revoke key 1' }).click();
    await says(dialog, 'It is the key in use.');
    await page.keyboard.press('Escape');
    await says(row, 'in use');
    await row.getByRole('button', { name: 'Revoke key 1' }).click();
    await dialog.getByRole('button', { name: 'Revoke key' }).click();
    await page.locator('tr[data-key="1"][data-state="revoked"]').waitFor();

    await page.route('**/accounts/mock/credentials', (route) =>
      route.fulfill({ status: 403, json: { error: 'You do not have permission.', code: 'forbidden', errors: {} } }),
    );
    await page.locator('[data-row="mock"]').click();
    await says(panel('Keys'), 'it needs the scope "admin"');
    await page.unroute('**/accounts/mock/credentials');
    await page.getByRole('link', { name: 'Orders', exact: true }).click();
  });

  it('says that the connection is lost, and comes back without a reload with what it missed', async () => {
    await page.evaluate('window.sameDocument = true');
    isCut = true;
    await proxy.cut();
    await system.kill('launcher');
    await says(page.getByTestId('connection-lost'), /Connection lost.*since \d\d:\d\d:\d\d UTC.*stale/s);
    expect(await page.locator('.work').getAttribute('data-stale')).toBe('true');
    expect(await seriousViolations()).toEqual([]);

    await system.start();
    const missed = await system.ask('POST', '/api/orders/', {
      ...{
        accounts: ['mock'],
        pair: 'ETH-USDT',
        side: 'buy',
        strategy: 'Limit',
        base_asset_qty: '1',
        limit_price: 2500,
      },
    });
    expect(await page.getByTestId('connection-lost').count()).toBe(1);
    await proxy.restore(system.demo.apiUrl);
    await page.getByRole('button', { name: 'Retry now' }).click();
    await says(page.locator('.signal'), 'Live');
    await page.getByTestId('connection-lost').waitFor({ state: 'detached' });
    isCut = false;
    await page.locator(`tr[data-order="${(missed.body as { id: string }).id}"]`).waitFor();
    expect(await page.locator('.work').getAttribute('data-stale')).toBe('false');
    expect(await page.evaluate('window.sameDocument')).toBe(true);
  });

  it('leaves no trace of the token after logging out, and had nothing to complain about', async () => {
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('API token').waitFor();
    expect(await page.evaluate(`JSON.stringify(sessionStorage)`)).not.toContain(system.demo.token);
    await page.reload();
    await page.getByLabel('API token').waitFor();
    expect(complaints).toEqual([]);
  });
});
