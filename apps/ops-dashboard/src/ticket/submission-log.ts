import { createStore, type Store } from '../live/store.js';
import {
  begin,
  randomKey,
  readSubmissions,
  settle,
  type OpenSubmissions,
  type Outcome,
  type Submission,
} from './submission.js';

const STORAGE_KEY = 'tranche.submissions';

/** The open submissions of this tab, kept over a reload. One for the page: tickets come and go while one is sent. */
export class SubmissionLog {
  readonly open: Store<OpenSubmissions>;

  constructor(private readonly storage: Pick<Storage, 'getItem' | 'setItem'>) {
    this.open = createStore(readSubmissions(storage.getItem(STORAGE_KEY)));
  }

  /** Notes the request down before it is sent. @throws when the browser keeps nothing: then it must not be sent */
  begin(request: string): Submission {
    const { submission, submissions } = begin(this.open.get(), request, randomKey);
    this.keep(submissions);
    this.open.set(submissions);
    return submission;
  }

  /** Notes what came of it. Where the browser keeps nothing any more, the key stays there: too long is safe. */
  settle(submission: Submission, outcome: Outcome): void {
    const submissions = settle(this.open.get(), submission, outcome);
    this.open.set(submissions);
    try {
      this.keep(submissions);
    } catch {
      // `begin` noted it as open, and open it stays.
    }
  }

  private keep(submissions: OpenSubmissions): void {
    this.storage.setItem(STORAGE_KEY, JSON.stringify(submissions));
  }
}
