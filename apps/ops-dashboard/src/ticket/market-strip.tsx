import { useEffect, useState, type ReactNode } from 'react';
import { ApiFailure } from '../api/api-client.js';
import type { Instrument, TopOfBook } from '../api/types.js';
import { decimalsOf, showFixed } from '../format/number.js';
import { useDesk } from '../session/desk-context.js';
import { readTopOfBook } from './top-of-book.js';

const EVERY_MS = 1_000;

/** Best bid and ask of an instrument, read each second; null where the server tells none. */
export function useTopOfBook(instrument: Instrument | undefined): TopOfBook | null {
  const desk = useDesk();
  const [book, setBook] = useState<TopOfBook | null>(null);
  const venue = instrument?.venue;
  const symbol = instrument?.symbol;
  useEffect(() => {
    setBook(null);
    if (venue === undefined || symbol === undefined) return undefined;
    let isOver = false;
    let timer = 0;
    const read = async (): Promise<void> => {
      const found = await desk.client.market(venue, symbol).then(readTopOfBook, (error: unknown) => error);
      if (isOver) return;
      setBook(found instanceof Error ? null : (found as TopOfBook | null));
      // Unknown to the server: it will not know a second later.
      if (found instanceof ApiFailure && found.status === 404) return;
      timer = window.setTimeout(() => void read(), EVERY_MS);
    };
    void read();
    return () => {
      isOver = true;
      window.clearTimeout(timer);
    };
  }, [desk, venue, symbol]);
  return book;
}

/** Always there, so that the form below does not move when prices come and go. */
export function MarketStrip({
  book,
  instrument,
}: {
  readonly book: TopOfBook | null;
  readonly instrument: Instrument | undefined;
}): ReactNode {
  const tick = decimalsOf(instrument?.tick) ?? 2;
  return (
    <dl className="market num" data-empty={book === null}>
      <div>
        <dt>Bid</dt>
        <dd className="buy">{showFixed(book?.bid, tick)}</dd>
      </div>
      <div>
        <dt>Ask</dt>
        <dd className="sell">{showFixed(book?.ask, tick)}</dd>
      </div>
    </dl>
  );
}
