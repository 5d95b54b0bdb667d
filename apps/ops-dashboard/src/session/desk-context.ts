import { createContext, useContext } from 'react';
import type { Desk } from '../live/desk.js';

export const DeskContext = createContext<Desk | null>(null);

/** The desk of the user who is logged in. @throws Error outside of the pages behind the log-in: a bug */
export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (desk === null) throw new Error('No desk here: this component belongs behind the log-in');
  return desk;
}
