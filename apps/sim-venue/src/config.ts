import { z } from 'zod';
import { flag, integer } from '#config';
import { parseTapeList } from './market/replay/tape-list.js';

const port = (fallback: number) => integer({ min: 0, max: 65_535 }).default(fallback);

/** A plain decimal within the range, both ends included. */
function decimalNumber(min: number, max: number) {
  const expected = `must be a plain decimal from ${min} to ${max}`;
  return z
    .string({ error: expected })
    .regex(/^\d{1,6}(\.\d{1,6})?$/, { error: expected, abort: true })
    .transform(Number)
    .pipe(z.number().min(min, { error: expected }).max(max, { error: expected }));
}

/** Every variable the simulated exchange reads. */
export const simVenueConfig = {
  /** Port of the control API; 0 takes any free one. */
  SIM_CONTROL_PORT: port(7_600),
  /** Port of spot REST and WebSocket; 0 takes any free one. */
  SIM_SPOT_PORT: port(7_601),
  /** Port of USD-M REST and WebSocket; 0 takes any free one. */
  SIM_USDM_PORT: port(7_602),
  /** Address to listen on; another than loopback also needs SIM_ALLOW_REMOTE=yes. */
  SIM_BIND: z.string().default('127.0.0.1'),
  SIM_ALLOW_REMOTE: z.enum(['yes', 'no'], { error: 'must be yes or no' }).default('no'),
  /** Folder of the journal; unset: everything is forgotten when the process ends. */
  SIM_DATA_DIR: z.string().optional(),
  /** Whether a restart puts the orders that were open back into the books. */
  SIM_RESTORE_OPEN_ORDERS: flag().default(true),
  /** Start value of every random sequence. */
  SIM_SEED: integer({ min: 0, max: 4_294_967_295 }).default(1),
  /** Where markets come from: a synthetic crowd (where a symbol has one) or nothing until scripted. */
  SIM_MARKET: z.enum(['synthetic', 'scripted'], { error: 'must be synthetic or scripted' }).default('synthetic'),
  /** Recorded captures to replay into their symbols' markets (gzip text), `[product:][symbol:]file,...`; unset: none. */
  SIM_TAPE: z
    .string()
    .transform((text, context) => {
      const tapes = parseTapeList(text);
      if (tapes !== null) return tapes;
      context.addIssue(
        'must name files with commas between, each as [product:][symbol:]file with product spot or usdm',
      );
      return z.NEVER;
    })
    .optional(),
  /** What intervals of the tape are divided by. */
  SIM_TAPE_SPEED: decimalNumber(0.1, 1_000).default(1),
  /** Which symbol of a tape that is named without one; unset: the first one in it. */
  SIM_TAPE_SYMBOL: z.string().optional(),
  /** Whether the tape runs from the start, or its market stands still until asked by control. */
  SIM_TAPE_START: z.enum(['at_once', 'when_asked'], { error: 'must be at_once or when_asked' }).default('at_once'),
  /** At the end of the tape the book stays, the tape begins anew, or the market goes away. */
  SIM_TAPE_END: z.enum(['hold', 'loop', 'stop'], { error: 'must be hold, loop or stop' }).default('hold'),
  /** How recorded depth that disappears without a trade is shared out before and behind resting orders. */
  SIM_TAPE_QUEUE: z.enum(['prorata', 'back'], { error: 'must be prorata or back' }).default('prorata'),
  /** Whether spot hands out listen keys to clients of old; if not, their routes are gone. */
  SIM_LEGACY_LISTEN_KEY: flag().default(false),
  /** Header that names the caller's address, to play several clients; unset: the real address. */
  SIM_IP_HEADER: z
    .string()
    .transform((name) => name.toLowerCase())
    .optional(),
};

export type SimVenueConfig = Readonly<z.output<z.ZodObject<typeof simVenueConfig>>>;

const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** @returns null, or why these settings must not start: the exchange has no protection against strangers */
export function bindProblem({ SIM_BIND, SIM_ALLOW_REMOTE }: SimVenueConfig): string | null {
  if (LOOPBACK.has(SIM_BIND) || SIM_ALLOW_REMOTE === 'yes') return null;
  return 'SIM_BIND is not a loopback address: set SIM_ALLOW_REMOTE=yes as well if that is meant';
}
