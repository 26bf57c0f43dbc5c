export { type RestoredBackup, restoreBackup } from './backup/restore-backup.ts'
export { planRemoval, type Removal, uninstallHome } from './config/uninstall-home.ts'
export { SecretValue } from './vault/secret-value.ts'
