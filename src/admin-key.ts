import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from './config.ts'
import type { Host } from './kernel/host.ts'

/** The administrator key of the data folder, made at its first start: a file that only the node's user can read. */
export async function ensureAdminKey(config: Config, host: Host): Promise<string> {
  const { ensureAdministrator } = await import('./services/iam/bootstrap.ts')
  const file = join(config.dataDir, 'admin-key.json')
  const { accessKeyId, secretAccessKey } = await ensureAdministrator(
    host.records,
    host.ids,
    config.account,
    host.clock.nowMs(),
  )
  await writeFile(file, `${JSON.stringify({ accessKeyId, secretAccessKey }, null, 2)}\n`, { mode: 0o600 })
  return file
}
