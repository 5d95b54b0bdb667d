import { err, ok } from '#domain';
import type { Field } from '../common/field.js';
import {
  readCloseAll,
  readClosePosition,
  readOpenPosition,
  type CallResult,
  type CloseAllCall,
  type ClosePositionCall,
  type OpenPositionCall,
} from './lot-calls.js';
import { readId } from './ids.js';

const MAX_API_KEY = 200;
const ACTIONS = new Map([
  ['open-position', 'open-position'],
  ['close-position', 'close-position'],
  ['close-all-positions', 'close-all-positions'],
] as const);

/** A command of an alert sender (signal-apis.md 4.1); each names its strategy. */
export type Command = { readonly strategyNumber: number } & (
  | { readonly action: 'open-position'; readonly call: OpenPositionCall }
  | { readonly action: 'close-position'; readonly call: ClosePositionCall }
  | { readonly action: 'close-all-positions'; readonly call: CloseAllCall }
);

/** The secret that stands in the body; undefined when there is none, or nothing that could be one. */
export function readApiKey(body: Field): string | undefined {
  const { raw } = body.at('api_key');
  return typeof raw === 'string' && raw !== '' && raw.length <= MAX_API_KEY ? raw : undefined;
}

/** The body of `trading-view/execute-command`; all its values may be texts. */
export function readCommand(body: Field): CallResult<Command> {
  const action = body.at('action').required()?.choice(ACTIONS, 'exact');
  const strategyNumber = readId(body.at('strategy_id'));
  if (action === undefined || strategyNumber === undefined) return err(body.reading.faults);
  switch (action) {
    case 'open-position':
      return asCommand(readOpenPosition(body), (call) => ({ action, strategyNumber, call }));
    case 'close-position':
      return asCommand(readClosePosition(body), (call) => ({ action, strategyNumber, call }));
    case 'close-all-positions':
      return asCommand(readCloseAll(body), (call) => ({ action, strategyNumber, call }));
  }
}

function asCommand<Call>(read: CallResult<Call>, make: (call: Call) => Command): CallResult<Command> {
  return read.ok ? ok(make(read.value)) : read;
}
