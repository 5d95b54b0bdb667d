import { err, ok, type Result } from '#domain';
import { LosslessNumber } from 'lossless-json';
import { canonicalBody, sha256 } from './canonical-body.js';
import { schemaFault, type SignalFault } from './fault.js';
import { found } from './json.js';
import type { SignalBody } from './signal-body.js';

/** Routes that take signals, with the letter of their surface; `/` and tokens are no part of a name. */
export const INTAKE_ROUTES = {
  'wisdomise-signal': 'A',
  'mizar-open-position': 'B',
  'mizar-close-position': 'B',
  'mizar-close-all-positions': 'B',
  'mizar-execute-command': 'D',
  'dca-execute-command': 'D',
  webhook: 'D',
} as const;
export type IntakeRoute = keyof typeof INTAKE_ROUTES;

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ALERT_WINDOW_MS = 45_000;
const RESEND_WINDOW_MS = 10_000;
/** A body with one of these differs from signal to signal. */
const TIME_FIELDS = ['timestamp', 'timenow', 'alert_time', 'time'] as const;
const MAX_ID_LENGTH = 128;
const PRINTABLE = /^[ -~]{1,128}$/;

/** What makes a signal a duplicate of an earlier one (signal-apis.md 0.2). */
export interface DuplicateGuard {
  /** Of fixed length; unique per (owner, route). */
  readonly key: string;
  /** How long an earlier one with this key counts. */
  readonly windowMs: number;
  /** Whose keys they are: those of the strategy that the signal is for, or of the user that sent it. */
  readonly owner: 'strategy' | 'user';
  /** Which earlier signals count: any, or only the latest accepted one of the same pair. */
  readonly against: 'any' | 'latest_of_pair';
  /** Of the canonical body. */
  readonly bodyHash: string;
  /** An earlier one with another body is refused (409 `rejected_schema`), not repeated. */
  readonly isBoundToBody: boolean;
}

export interface Delivery {
  readonly route: IntakeRoute;
  /** Header `Idempotency-Key`; undefined when there is none. */
  readonly idempotencyKey: string | undefined;
  /** Without secrets. */
  readonly body: SignalBody;
  /** `id` of a text command; undefined otherwise. */
  readonly textId?: string | undefined;
  /** What stands for the secret that came with it: its hash, or its id. */
  readonly credential: string;
}

/** Null where identical signals are separate ones, or harmless. */
export function guardAgainstDuplicates(delivery: Delivery): Result<DuplicateGuard | null, SignalFault> {
  const { route, idempotencyKey, body, credential } = delivery;
  const surface = INTAKE_ROUTES[route];
  const canonical = canonicalBody(body);
  const common = {
    owner: surface === 'B' ? 'user' : 'strategy',
    against: 'any',
    bodyHash: sha256(canonical),
    isBoundToBody: false,
  } as const;
  if (idempotencyKey !== undefined) {
    if (!PRINTABLE.test(idempotencyKey))
      return err(schemaFault('Idempotency-Key: must be 1 to 128 printable ASCII characters'));
    return ok({ ...common, key: sha256(`header\n${idempotencyKey}`), windowMs: DAY_MS, isBoundToBody: true });
  }
  const signalId = readSignalId(delivery);
  if (!signalId.ok) return signalId;
  if (signalId.value !== null) return ok({ ...common, key: sha256(`id\n${signalId.value}`), windowMs: DAY_MS });
  if (surface === 'B') return ok(null);
  const key = sha256(`body\n${route}\n${sha256(credential)}\n${canonical}`);
  if (surface === 'A') return ok({ ...common, key, windowMs: RESEND_WINDOW_MS, against: 'latest_of_pair' });
  return ok({ ...common, key, windowMs: isTimed(body) ? DAY_MS : ALERT_WINDOW_MS });
}

function readSignalId({ body, textId }: Delivery): Result<string | null, SignalFault> {
  const raw = body.kind === 'json' ? (body.fields['signal_id'] ?? null) : (textId ?? null);
  if (raw === null || raw === '') return ok(null);
  const text = raw instanceof LosslessNumber ? raw.value : raw;
  if (typeof text === 'string' && text.length <= MAX_ID_LENGTH) return ok(text);
  return err(schemaFault(`signal_id: must be text of 1 to ${MAX_ID_LENGTH} characters, was ${found(raw)}`));
}

function isTimed(body: SignalBody): boolean {
  return body.kind === 'json' && TIME_FIELDS.some((name) => (body.fields[name] ?? null) !== null);
}
