import { parseArgs } from 'node:util';
import type { z } from 'zod';
import { simVenueConfig } from '../config.js';
import { DEFAULT_ACCOUNT, parseAccount, type AccountOption } from './account-option.js';
import { UsageError } from './usage-error.js';

type Variable = keyof typeof simVenueConfig;

interface Option {
  /** Without the two dashes. */
  readonly flag: string;
  /** What stands for the value in the help, with its unit; absent: the flag stands alone and sets `alone`. */
  readonly value?: string;
  readonly alone?: string;
  readonly what: string;
  /** May be given several times; the values are joined with commas. */
  readonly several?: true;
}

/** Every option that stands for a variable. Defaults are those of the variables and written nowhere else. */
const OPTIONS: Readonly<Record<Variable, Option>> = {
  SIM_CONTROL_PORT: { flag: 'control-port', value: 'PORT', what: 'of the control API; 0: any free one' },
  SIM_SPOT_PORT: { flag: 'spot-port', value: 'PORT', what: 'of spot REST and WebSocket; 0: any free one' },
  SIM_USDM_PORT: { flag: 'usdm-port', value: 'PORT', what: 'of USD-M REST and WebSocket; 0: any free one' },
  SIM_BIND: { flag: 'bind', value: 'ADDRESS', what: 'to listen on; other than loopback only with --allow-remote' },
  SIM_ALLOW_REMOTE: {
    flag: 'allow-remote',
    alone: 'yes',
    what: 'strangers may reach it: it has no protection against them',
  },
  SIM_DATA_DIR: {
    flag: 'data-dir',
    value: 'DIR',
    what: 'folder of the journal; without it all is forgotten at the end',
  },
  SIM_RESTORE_OPEN_ORDERS: {
    flag: 'restore-open-orders',
    value: 'true|false',
    what: 'whether a restart brings open orders back into the books',
  },
  SIM_SEED: { flag: 'seed', value: 'NUMBER', what: 'start value of every random sequence' },
  SIM_MARKET: { flag: 'market', value: 'synthetic|scripted', what: 'a seeded crowd, or empty books until told' },
  SIM_TAPE: {
    flag: 'tape',
    value: '[PRODUCT:][SYMBOL:]FILE',
    several: true,
    what: 'replays a recorded capture (gzip text) into its market; may be repeated',
  },
  SIM_TAPE_SPEED: { flag: 'speed', value: 'TIMES', what: 'how many times as fast tapes run, 0.1 to 1000' },
  SIM_TAPE_SYMBOL: { flag: 'tape-symbol', value: 'SYMBOL', what: 'of a tape named without one; else the first in it' },
  SIM_TAPE_START: { flag: 'tape-start', value: 'at_once|when_asked', what: 'or stands still until control asks' },
  SIM_TAPE_END: {
    flag: 'tape-end',
    value: 'hold|loop|stop',
    what: 'what becomes of the market at the end of the tape',
  },
  SIM_TAPE_QUEUE: { flag: 'tape-queue', value: 'prorata|back', what: 'whom recorded cancels are taken from' },
  SIM_LEGACY_LISTEN_KEY: {
    flag: 'legacy-listen-key',
    alone: 'true',
    what: 'spot hands out listen keys, as clients of old expect',
  },
  SIM_IP_HEADER: { flag: 'ip-header', value: 'NAME', what: "header that names the caller's address" },
};

/** Flags that are no variable. */
const PORT = { flag: 'port', value: 'PORT', what: 'control on PORT, spot on the next, USD-M on the one after; 0: any' };
const ACCOUNT = {
  flag: 'account',
  value: 'NAME:ASSET=AMOUNT,...',
  what: `opened at the start, usdm.USDT= for the USD-M wallet; may be repeated`,
};

export interface CommandLine {
  /** The environment with the flags over it. */
  readonly env: NodeJS.ProcessEnv;
  readonly accounts: readonly AccountOption[];
}

/**
 * Flags over environment.
 *
 * @returns null when help was asked for
 * @throws UsageError for an unknown flag, a flag without its value, or one that cannot be read
 */
export function readCommandLine(argv: readonly string[], env: NodeJS.ProcessEnv): CommandLine | null {
  const values = parse(argv);
  if (values['help'] === true) return null;
  const set: NodeJS.ProcessEnv = { ...portsFrom(values['port']) };
  for (const [variable, { flag, alone }] of Object.entries(OPTIONS)) {
    const value = values[flag];
    if (value !== undefined) set[variable] = alone ?? textsOf(value).join(',');
  }
  const accounts = textsOf(values['account'] ?? DEFAULT_ACCOUNT);
  return { env: { ...env, ...set }, accounts: accounts.map(parseAccount) };
}

interface HelpRow extends Option {
  readonly note: string;
}

/** The text of `--help`. */
export function helpText(): string {
  const rows: readonly HelpRow[] = [
    ...Object.entries(OPTIONS).map(([variable, option]) => ({
      ...option,
      note: `${variable}${defaultOf(simVenueConfig[variable as Variable])}`,
    })),
    { ...PORT, note: '' },
    { ...ACCOUNT, note: `default ${DEFAULT_ACCOUNT}` },
    { flag: 'help', what: 'this text', note: '' },
  ];
  const lines = rows.map(
    ({ flag, value, what, note }) =>
      `  --${flag}${value === undefined ? '' : ` ${value}`}\n      ${what}${note === '' ? '' : ` (${note})`}`,
  );
  return `npm run sim -- [options]
npx tranche-sim [options]

Starts the simulated exchange alone: spot, USD-M and control API, with an account to try them. Ctrl-C stops it.

${lines.join('\n')}
`;
}

type Value = string | boolean | (string | boolean)[];

const textsOf = (value: Value): string[] => (Array.isArray(value) ? value : [value]).map(String);

function parse(argv: readonly string[]): Record<string, Value | undefined> {
  const all: [string, { type: 'string' | 'boolean'; multiple?: boolean; short?: string }][] = [
    ...Object.values(OPTIONS).map(
      ({ flag, alone, several }): [string, { type: 'string' | 'boolean'; multiple?: boolean }] => [
        flag,
        { type: alone === undefined ? 'string' : 'boolean', ...(several && { multiple: true }) },
      ],
    ),
    [PORT.flag, { type: 'string' }],
    [ACCOUNT.flag, { type: 'string', multiple: true }],
    ['help', { type: 'boolean', short: 'h' }],
  ];
  try {
    return parseArgs({ args: [...argv], options: Object.fromEntries(all) }).values;
  } catch (error) {
    const flags = all.map(([flag]) => `--${flag}`).join(', ');
    throw new UsageError(`${(error as Error).message.split('. ')[0] ?? ''}; expected ${flags}`);
  }
}

/** Three ports in a row. */
function portsFrom(value: Value | undefined): NodeJS.ProcessEnv {
  if (value === undefined) return {};
  const first = Number(value);
  if (!/^\d{1,5}$/.test(textsOf(value).join()) || first > 65_533)
    throw new UsageError(`--port must be a whole number from 0 to 65533, was ${JSON.stringify(value)}`);
  const port = (at: number): string => String(first === 0 ? 0 : first + at);
  return { SIM_CONTROL_PORT: port(0), SIM_SPOT_PORT: port(1), SIM_USDM_PORT: port(2) };
}

function defaultOf(schema: z.ZodType): string {
  const parsed = schema.safeParse(undefined);
  return parsed.success && parsed.data !== undefined
    ? `, default ${JSON.stringify(parsed.data).replaceAll('"', '')}`
    : ', unset';
}
