import { writeFile } from 'node:fs/promises'
import type { Host } from './kernel/host.ts'

/** The administrator key of the node, made at its first start: a file that only the node's user can read. */
export async function ensureAdminKey(file: string, account: string, host: Host): Promise<string> {
  const { ensureAdministrator } = await import('./services/iam/bootstrap.ts')
  const { accessKeyId, secretAccessKey } = await ensureAdministrator(
    host.records,
    host.ids,
    account,
    host.clock.nowMs(),
  )
  await writeFile(file, `${JSON.stringify({ accessKeyId, secretAccessKey }, null, 2)}\n`, { mode: 0o600 })
  return file
}
