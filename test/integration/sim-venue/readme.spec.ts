import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SimVenue } from '../../../apps/sim-venue/src/sim-venue.js';
import { SimClient, startScripted } from './sim-client.js';

const run = promisify(execFile);
let venue: SimVenue;
let readme: string;

beforeAll(async () => {
  readme = await readFile('apps/sim-venue/README.md', 'utf8');
  venue = await startScripted({ SIM_MARKET: 'synthetic' });
});
afterAll(() => venue.stop());

/** The code of a section in one language, with the addresses of this venue in place of the usual ones. */
function code(section: string, language: 'sh' | 'js'): string[] {
  const start = readme.indexOf(`\n## ${section}\n`);
  expect(start).toBeGreaterThan(0);
  const end = readme.indexOf('\n## ', start + 4);
  const blocks = readme.slice(start, end).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'));
  const hosts: readonly [usual: string, url: string][] = [
    ['127.0.0.1:7600', venue.controlUrl],
    ['127.0.0.1:7601', venue.spotUrl],
    ['127.0.0.1:7602', venue.usdmUrl],
  ];
  return [...blocks].map(([, text]) =>
    hosts.reduce((changed, [usual, url]) => changed.replaceAll(usual, new URL(url).host), text ?? ''),
  );
}

describe('README', () => {
  it('VE-C43 has lines for curl that trade', async () => {
    const script = [...code('Use it', 'sh'), ...code('Point a client at it', 'sh')].join('\n');
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script]);
    expect(stdout).toContain('"lastUpdateId"');
    const { orders } = await new SimClient(venue).control('GET', 'ledger?account=me');
    expect(orders).toMatchObject([{ symbol: 'BTCUSDT', status: 'FILLED' }]);
    expect(stdout).not.toContain('"code":');
  });

  it.each([0, 1, 2])('VE-C43 has code for client %s that runs', async (at) => {
    const blocks = code('Point a client at it', 'js');
    expect(blocks).toHaveLength(3);
    const { stdout } = await run('node', ['--input-type=module', '-e', blocks[at] ?? ''], { timeout: 50_000 });
    expect(stdout).toMatch(/USDT|balance|free/);
  });
});
