import Sequencer from '@jest/test-sequencer';

/** Files that take about a minute or longer, the longest first: no worker is to wait for one that began last. */
const LONG = [
  'chaos/kill-everything',
  'chaos/killed-between-send-and-reply',
  'chaos/apart-pause',
  'chaos/apart-kill',
  'chaos/replies-dropped',
  'nightly/rate-limit/model-venue',
  'nightly/sim-venue/spot-exchange',
  'chaos/redis-wiped',
  'integration/exchange-gateway/usdm-account',
  'integration/sim-venue/recorded-books',
  'integration/exchange-gateway/child-orders',
];

/** A fresh clone remembers no times by which Jest could order files. */
export default class LongestFirst extends Sequencer {
  /** @param {Array<import('@jest/test-result').Test>} tests */
  sort(tests) {
    const place = ({ path }) => {
      const found = LONG.findIndex((name) => path.includes(`test/${name}`));
      return found < 0 ? LONG.length : found;
    };
    return super.sort(tests).sort((a, b) => place(a) - place(b));
  }
}
