export { type RestoredBackup, restoreBackup } from './backup/restore-backup.ts'
export { planRemoval, type Removal, uninstallHome } from './config/uninstall-home.ts'
export { writeHomeSettings } from './config/write-home-settings.ts'
export { SecretValue } from './vault/secret-value.ts'
