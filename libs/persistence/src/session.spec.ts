import { beforeEach, describe, expect, it } from '@jest/globals';
import { TransactionOverError } from './database-errors.js';
import { Session, type SessionClient, type StatementResult } from './session.js';

/** A connection that answers in order, and only when told to. */
class FakeClient implements SessionClient {
  readonly sent: string[] = [];
  ended = 0;
  private readonly waiting: { text: string; settle: (error?: Error) => void }[] = [];

  query(statement: string | { text: string }): Promise<StatementResult> {
    const text = typeof statement === 'string' ? statement : statement.text;
    this.sent.push(text);
    return new Promise((resolve, reject) => {
      const settle = (error?: Error): void => {
        if (error === undefined) resolve({ command: text.split(' ')[0] ?? '', rows: [], rowCount: 0 });
        else reject(error);
      };
      this.waiting.push({ text, settle });
    });
  }

  end(): Promise<void> {
    this.ended += 1;
    return Promise.resolve();
  }

  /** Answers all statements up to and with `last`; fails that one with `error` when there is one. */
  answer(last: string, error?: Error): void {
    for (;;) {
      const next = this.waiting.shift();
      if (next === undefined) throw new Error(`${last} must have been sent`);
      if (next.text === last) return next.settle(error);
      next.settle();
    }
  }
}

const settled = async (promise: Promise<unknown>): Promise<boolean> => {
  const open = Symbol();
  await new Promise(setImmediate);
  return (await Promise.race([promise, Promise.resolve(open)])) !== open;
};

let client: FakeClient;
let session: Session;
beforeEach(() => {
  client = new FakeClient();
  session = Session.begin(client, 'tranche.tenant', '');
});

describe('a session that is over', () => {
  it.each(['commit', 'rollback'] as const)('sends nothing after %s was called, answered or not', async (end) => {
    const ending = session[end]();
    const before = [...client.sent];
    const late = expect(session.query('INSERT INTO a')).rejects;
    await late.toThrow('The transaction must be open, was over before: INSERT INTO a');
    expect(() => session.send('INSERT INTO b')).toThrow(TransactionOverError);
    client.answer(end.toUpperCase());
    await ending;
    await expect(session.query('INSERT INTO c')).rejects.toThrow(TransactionOverError);
    expect(() => session.send('INSERT INTO d')).toThrow(TransactionOverError);
    await expect(session.commit()).rejects.toThrow(TransactionOverError);
    expect(client.sent).toEqual(before);
  });

  it('does not send what one branch makes after another has thrown', async () => {
    const slow = (async () => {
      await session.query('SELECT slow');
      await session.query('INSERT INTO a');
    })();
    const late = expect(slow).rejects.toThrow(TransactionOverError);
    await expect(Promise.all([Promise.reject(new Error('changed its mind')), slow])).rejects.toThrow('its mind');
    const ending = session.rollback();
    client.answer('SELECT slow');
    await late;
    expect(client.sent.slice(-2)).toEqual(['SELECT slow', 'ROLLBACK']);
    client.answer('ROLLBACK');
    await ending;
    expect(client.ended).toBe(0);
  });

  it('is not done before all its statements are answered', async () => {
    session.query('SELECT slow').catch(() => undefined);
    const ending = session.rollback();
    expect(await settled(ending)).toBe(false);
    client.answer('SELECT slow');
    expect(await settled(ending)).toBe(false);
    client.answer('ROLLBACK');
    expect(await settled(ending)).toBe(true);
  });

  it('may still be rolled back after its commit failed, and is done once both are answered', async () => {
    session.send('INSERT INTO a');
    const committing = session.commit();
    client.answer('INSERT INTO a', new Error('violates'));
    await expect(committing).rejects.toThrow('violates');
    const ending = session.rollback();
    client.answer('COMMIT');
    expect(await settled(ending)).toBe(false);
    client.answer('ROLLBACK');
    await ending;
  });

  it('closes a connection that cannot be rolled back', async () => {
    const ending = session.rollback();
    client.answer('ROLLBACK', new Error('cancelled'));
    await ending;
    expect(client.ended).toBe(1);
  });
});
