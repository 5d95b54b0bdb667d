import { ORDER_FIELDS } from '#order-intake';
import { OPERATIONS } from './openapi.js';

const STYLE = `
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a; }
  code, pre { font: 14px/1.5 ui-monospace, monospace; background: #f3f3f3; border-radius: 4px; padding: .1rem .3rem; }
  pre { padding: .8rem; overflow: auto; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; vertical-align: top; padding: .35rem .6rem .35rem 0; border-bottom: 1px solid #ddd; }`;

/** What a client of the WebSocket says, and what comes of it (order-api.md 4.12). */
const FRAMES = [
  [
    '{"command":"subscribe","data_type":"user_orders"}',
    'subscribed, with the newest number; from then on order_update frames, each with seq, update_type and the order',
  ],
  [
    '{"command":"subscribe","data_type":"user_orders","since":4700}',
    'subscribed, then the updates after 4700; or gap, when they are no longer kept (24 h, 10,000 updates): list the orders again',
  ],
  ['{"command":"unsubscribe","data_type":"user_orders"}', 'unsubscribed'],
  ['{"command":"keep_alive"}', 'keep_alive; say it every 5 to 10 s, after 30 s of silence the connection is closed'],
] as const;

/** The API for people, from the same tables as the OpenAPI document; needs nothing from elsewhere. */
export function docsPage(apiUrl: string): string {
  const operations = OPERATIONS.map(({ method, path, summary, scope }) =>
    row([code(`${method.toUpperCase()} ${path}`), escape(summary), escape(scope)]),
  );
  const fields = ORDER_FIELDS.map(({ name, isRequired, description }) =>
    row([code(name), isRequired ? 'yes' : '', escape(description)]),
  );
  const frames = FRAMES.map(([said, answer]) => row([code(said), escape(answer)]));
  const example = `curl -s ${apiUrl}/api/orders/ \\
  -H 'Authorization: Token <token>' -H 'Content-Type: application/json' \\
  -d '{"accounts":["mock"],"pair":"ETH-USDT","side":"buy","strategy":"TWAP","duration":300,"base_asset_qty":5}'`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Tranche order API</title><style>${STYLE}</style></head><body>
<h1>Tranche order API</h1>
<p>Machine-readable: <a href="/docs/openapi.json">/docs/openapi.json</a> (OpenAPI 3.1). Every request carries
${code('Authorization: Token <token>')}; every failure is JSON with the key ${code('error')}.</p>
<h2>Routes</h2>
<table><tr><th>route</th><th>what</th><th>scope</th></tr>${operations.join('')}</table>
<h2>Placing an order</h2>
<pre>${escape(example)}</pre>
<table><tr><th>field</th><th>required</th><th>meaning</th></tr>${fields.join('')}</table>
<h2>Live updates</h2>
<p>${code(`${apiUrl.replace(/^http/, 'ws')}/ws/orders/?token=<token>`)} tells every update of your orders, numbered per user
without gaps. A client that comes back names the last number it has seen.</p>
<table><tr><th>say</th><th>get</th></tr>${frames.join('')}</table>
</body></html>
`;
}

const row = (cells: readonly string[]): string => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
const code = (text: string): string => `<code>${escape(text)}</code>`;

function escape(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
