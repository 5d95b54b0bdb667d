import type { SimVenue } from '../sim-venue.js';

/** An account as the control API answers it. */
export interface ReadyAccount {
  readonly name: string;
  readonly apiKey: string;
  readonly apiSecret: string;
}

/** What a person needs to know about an exchange that just started, and what to try first. */
export function readyText(
  venue: Pick<SimVenue, 'controlUrl' | 'spotUrl' | 'usdmUrl'>,
  accounts: readonly ReadyAccount[],
): string {
  const [control, spot, usdm] = [venue.controlUrl, venue.spotUrl, venue.usdmUrl].map(reachable);
  const keys = accounts.map(
    ({ name, apiKey, apiSecret }) => `  account  ${name}\n  key      ${apiKey}\n  secret   ${apiSecret}\n`,
  );
  const [first] = accounts;
  return `Simulated exchange

  spot     ${spot}   REST /api/v3, streams /ws and /stream, WebSocket API /ws-api/v3
  USD-M    ${usdm}   REST /fapi/v1, streams /ws and /stream
  control  ${control}   accounts, markets, faults, ledger: /control

${keys.join('\n')}
Try:

  curl -s '${spot}/api/v3/depth?symbol=BTCUSDT&limit=5'
${
  first === undefined
    ? ''
    : `
  Q="symbol=TESTUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=100&timestamp=$(date +%s)000"
  S=$(printf %s "$Q" | openssl dgst -sha256 -hmac ${first.apiSecret} | sed 's/.* //')
  curl -s -X POST -H 'X-MBX-APIKEY: ${first.apiKey}' "${spot}/api/v3/order?$Q&signature=$S"

  curl -s '${control}/control/ledger?account=${first.name}'
`
}
Ctrl-C stops it.
`;
}

/** Nobody can call every address at once; from this machine the loopback one answers. */
function reachable(url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}
