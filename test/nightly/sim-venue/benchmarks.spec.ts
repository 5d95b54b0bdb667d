import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, expect, it } from '@jest/globals';
import { recordedMarket } from '../../support/recorded-market.js';
import { RecordedTape, TapeFolder } from '../../support/recorded-tape.js';

const tapes = new TapeFolder();
afterAll(() => tapes.remove());

/** The recorded one, or a few lines by hand where there is none. */
function capture(): string {
  const { file, absent } = recordedMarket('binance-spot-btcusdt-20240808.gz');
  if (absent === null) return file;
  const tape = new RecordedTape().snapshot([['100', '1']], [['101', '1']]);
  for (let ms = 0; ms < 1_000; ms += 100)
    tape
      .at(ms)
      .trade('100', '0.1', 'bid')
      .depth([['100', '2']]);
  return tapes.write(tape);
}

async function benchmark(script: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', './test/support/typescript.mjs', `bench/${script}`, ...args, '--quick'],
    { timeout: 100_000, killSignal: 'SIGKILL' },
  );
  return stdout;
}

/** Whether a target was reached is not asked: a machine that others use would decide. */
it('VE-C59 the benchmark of the core prints value, target and floor', async () => {
  const printed = await benchmark('sim-core.ts');
  expect(printed).toMatch(/^floor: .* [\d,]+ ops\/s/m);
  expect(printed).toMatch(/^core +[\d,]+ ops\/s .* x floor +target 200,000: (met|MISSED)$/m);
});

it('VE-C59 the benchmark over HTTP prints values, targets and floors', async () => {
  const printed = await benchmark('sim-http.ts');
  expect(printed).toMatch(/^floor: constant reply, autocannon +[\d,]+\/s/m);
  expect(printed).toMatch(/^slowest by the load tool: [\d,]+\/s, target 5,000: (met|MISSED); .* target below 30: /m);
  expect(printed).toMatch(/^floor: constant reply +[\d.]+/m);
  for (const what of ['reply', 'user event'])
    expect(printed).toMatch(new RegExp(`^${what} p99 [\\d.]+ ms, target below 5: (met|MISSED)$`, 'm'));
});

it('VE-C59 the benchmark of the replay prints value, target and floor', async () => {
  const printed = await benchmark('replay.ts', capture());
  expect(printed).toMatch(/^floor: unpack and split +\d+ +\d+ +[\d,]+ /m);
  expect(printed).toMatch(/^parse and apply +\d+ +\d+ +[\d,]+ /m);
  expect(printed).toMatch(/^target: 300,000 lines\/s parsed and applied: (met|missed)$/m);
});
