import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchBrowser } from '../support/browser.js';
import { TrancheProcess } from '../support/tranche-process.js';
import { until } from '../support/until.js';

/** Bounds what hangs: a key is judged, and a page comes back, in more than fifteen seconds on a busy machine. */
const LIMIT_MS = 60_000;

let system: TrancheProcess;
let browser: Browser;
let page: Page;
/** What the stream brought. */
const frames: string[] = [];
const failures: string[] = [];

beforeAll(async () => {
  [system, browser] = await Promise.all([TrancheProcess.create({}, 'apart'), launchBrowser()]);
  page = await browser.newPage({ viewport: { width: 1440, height: 900 }, locale: 'en-US' });
  page.setDefaultTimeout(LIMIT_MS);
  page.on('pageerror', (error) => failures.push(error.message));
  page.on('websocket', (socket) => {
    socket.on('framereceived', ({ payload }) => frames.push(String(payload)));
  });
});

afterAll(async () => {
  await browser.close();
  await system.remove();
});

const says = (locator: Locator, text: string | RegExp, timeout = LIMIT_MS): Promise<void> =>
  locator.filter({ hasText: text }).first().waitFor({ timeout });

/** Through the other API than the one that the page talks to. */
async function placeElsewhere(size: string): Promise<{ readonly id: string; readonly row: Locator }> {
  const [own, other] = system.demo.apiUrls;
  if (other === undefined || other === own) throw new Error('There must be two APIs');
  const response = await fetch(`${other}/api/orders/`, {
    method: 'POST',
    headers: { authorization: `Token ${system.demo.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      accounts: ['mock'],
      pair: 'BTC-USDT',
      side: 'buy',
      strategy: 'TWAP',
      base_asset_qty: size,
      duration: 600,
    }),
  });
  expect(response.status).toBe(200);
  const { id } = (await response.json()) as { id: string };
  return { id, row: page.locator(`tr[data-order="${id}"]`) };
}

const filledOf = (row: Locator): Promise<string | null> => row.locator('.filled-number').textContent();
const api = async (): Promise<{ readonly pid: number }> => {
  const found = (await system.services()).find(({ apiUrl }) => apiUrl === system.demo.apiUrl);
  if (found === undefined) throw new Error(`No service has ${system.demo.apiUrl}`);
  return found;
};

describe('the dashboard of one API among several', () => {
  it('shows live what is placed through another API', async () => {
    await page.goto(system.demo.apiUrls[0]!);
    await page.getByLabel('API token').fill(system.demo.token);
    await page.keyboard.press('Enter');
    await says(page.locator('.signal'), 'Live');
    await says(page.locator('.empty'), 'No orders here.');
    const { id, row } = await placeElsewhere('0.5');
    await says(row.locator('.status'), 'ACTIVE');
    await until(async () => (await filledOf(row)) !== '0.00', {
      everyMs: 50,
      what: 'the row moves by itself',
    });
    const updates = frames.filter((frame) => frame.includes(id));
    expect(updates.length).toBeGreaterThan(1); // accepted and moving: over the stream, not by listing
  });

  it('says that its API died, and comes back without a reload with what it missed', async () => {
    await page.evaluate('window.sameDocument = true');
    const { pid } = await api();
    process.kill(pid, 'SIGKILL');
    await says(page.getByTestId('connection-lost'), /Connection lost.*stale/s);
    const missed = await placeElsewhere('0.4');
    await until(async () => (await api()).pid !== pid, { what: 'the API runs again' });
    await page.getByTestId('connection-lost').waitFor({ state: 'detached' });
    await says(page.locator('.signal'), 'Live');
    await says(missed.row.locator('.status'), 'ACTIVE');
    frames.length = 0;
    const later = await placeElsewhere('0.3');
    await says(later.row.locator('.status'), 'ACTIVE');
    await until(() => frames.some((frame) => frame.includes(later.id)), { what: 'the stream brings it' });
    expect(await page.evaluate('window.sameDocument')).toBe(true);
    expect(failures).toEqual([]);
  });
});
