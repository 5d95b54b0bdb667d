import type { ServiceEntry } from './running-services.js';

/** What `.tranche/demo.json` holds: everything a script needs to try the system. */
export interface DemoFile {
  readonly apiUrl: string;
  /** Of every api-gateway, the first being `apiUrl`. */
  readonly apiUrls: readonly string[];
  /** The web page for people; log in with the token. */
  readonly dashboardUrl: string;
  readonly docsUrl: string;
  /** Of the demo user; goes into `Authorization: Token ...`. */
  readonly token: string;
  readonly metricsUrl: string;
  readonly simVenueUrl: string;
  readonly simControlUrl: string;
  /** Null where a store of your own is used. */
  readonly pids: {
    readonly launcher: number;
    readonly simVenue: number;
    readonly postgres: number | null;
    readonly redis: number | null;
  };
  /** In one process all have the launcher's pid. */
  readonly services: readonly ServiceEntry[];
}

/** What a person is told about a start. */
export interface Greeting {
  readonly file: DemoFile;
  readonly stores: readonly string[];
  /** The recorded captures that are replayed. */
  readonly tapes: readonly {
    readonly product: string;
    readonly file: string;
    readonly symbol: string;
    readonly lines: number;
    readonly skipped: number;
    readonly seconds: number;
    readonly speed: number;
    readonly end: string;
  }[];
}

/** What a person sees after `npm start`. */
export function greeting({ file: demo, stores, tapes }: Greeting, seconds: number, logFile: string): string {
  return `
Tranche is ready after ${seconds.toFixed(1)} s (${stores.join(', ')})

  Dashboard  ${demo.dashboardUrl}
  API        ${demo.apiUrl}
  Docs       ${demo.docsUrl}
  Metrics    ${demo.metricsUrl}
  Exchange   ${demo.simVenueUrl} (simulated; control ${demo.simControlUrl})${tapes.map(tapeLine).join('')}
  Logs       ${logFile}
  Token      ${demo.token}

Buy 0.5 BTC over two minutes:

  curl -s -X POST ${demo.apiUrl}/api/orders/ \\
    -H 'Authorization: Token ${demo.token}' -H 'Content-Type: application/json' \\
    -d '{"accounts":["mock"],"pair":"BTC-USDT","side":"buy","base_asset_qty":0.5,"strategy":"TWAP","duration":120}'

Ctrl-C drains and stops everything.
`;
}

function tapeLine({ product, file, symbol, lines, skipped, seconds, speed, end }: Greeting['tapes'][number]): string {
  const missing = skipped === 0 ? '' : `, ${skipped} of them unreadable and skipped`;
  const market = product === 'spot' ? symbol : `${symbol} (USD-M)`;
  return `
  Tape       ${file}
             ${market}, ${lines} lines${missing}, ${seconds} s at speed ${speed}, then ${end}`;
}
