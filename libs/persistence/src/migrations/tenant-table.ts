/**
 * SQL that makes a table invisible to all but the tenant of the running transaction, its owner included.
 * Only a superuser or a BYPASSRLS role sees through it, and services log in as neither.
 */
export function tenantOnly(table: string, column = 'tenant_id'): string[] {
  return [
    `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY`,
    `ALTER TABLE ${table} FORCE ROW LEVEL SECURITY`,
    `CREATE POLICY tenant_isolation ON ${table}
       USING (${column} = current_tenant()) WITH CHECK (${column} = current_tenant())`,
  ];
}

/** Roles of the services: neither superuser, nor owner, nor BYPASSRLS. */
export const APP_ROLE = 'tranche_app';
/** The only role that may read venue credentials; it has every right of `tranche_app` as well. */
export const GATEWAY_ROLE = 'tranche_gateway';

export function grant(rights: string, table: string, role = APP_ROLE): string {
  return `GRANT ${rights} ON ${table} TO ${role}`;
}
