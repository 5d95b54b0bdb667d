/**
 * SQL: true while an account row has no key to act with though it was given one: its newest was revoked, or it has none
 * and what was entered last was refused. One whose first key is still to be judged is not meant.
 * @param account SQL of the row's id: with its table, as the tables in here would take a bare column for their own
 */
export const KEYLESS = (account: `${string}.${string}` | `$${string}`): string => `COALESCE(
  (SELECT f.revoked_at IS NOT NULL FROM credential_facts f WHERE f.account_id = ${account} ORDER BY f.version DESC LIMIT 1),
  (SELECT c.outcome = 'refused' FROM credential_submissions c
   WHERE c.account_id = ${account} AND c.outcome IS NOT NULL ORDER BY c.decided_at DESC LIMIT 1),
  false)`;
