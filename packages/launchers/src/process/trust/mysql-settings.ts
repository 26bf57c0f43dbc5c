/** Name of the file of settings, in the folder that `MYSQL_HOME` names. */
export const mysqlSettingsName = 'my.cnf'

/**
 * Settings for MariaDB’s programs. From 11.4 on they demand TLS with a certificate that they know, while the broker is next to them and
 * speaks in clear text. The group is one that MySQL’s own programs do not read, and by the prefix nobody fails who does not know the option.
 */
export const mysqlSettings = '[client-mariadb]\nloose-skip-ssl\n'

/** Leads MariaDB’s programs to the settings, where a grant has led them to the broker. @param folder that has the file */
export function mysqlSettingsVariables(
  given: Readonly<Record<string, string>>,
  folder: string,
): Readonly<Record<string, string>> {
  return Object.hasOwn(given, 'MYSQL_TCP_PORT') ? { MYSQL_HOME: folder } : {}
}
