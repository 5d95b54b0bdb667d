/** Assets that count one to one in the reporting currency, the US dollar. */
export const REPORTING_ASSETS: ReadonlySet<string> = new Set(['USD', 'USDT', 'USDC', 'FDUSD', 'TUSD', 'DAI', 'PYUSD']);
