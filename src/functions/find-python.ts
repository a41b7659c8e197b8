import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { closedToOthers, type Isolation } from './isolation.ts'

/**
 * The host's Python 3: the distribution's rather than a version manager's shim, which is several times slower; and one
 * that instances may run: in a sandbox they see of the host's programs what is in /usr, and else what others may enter.
 */
export async function findPython(kind: Isolation['kind']): Promise<string | undefined> {
  for (const path of ['/usr/bin/python3', '/usr/local/bin/python3', '/opt/homebrew/bin/python3']) {
    if (existsSync(path)) return path
  }
  const found = await new Promise<string | undefined>((resolve) => {
    const child = spawn('python3', ['-c', 'import sys; print(sys.executable)'], { stdio: ['ignore', 'pipe', 'ignore'] })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk
    })
    child.on('error', () => resolve(undefined))
    child.on('close', (code) => resolve(code === 0 ? out.trim() : undefined))
  })
  if (!found) return undefined
  if (kind === 'bubblewrap') return found.startsWith('/usr/') ? found : undefined
  return kind === 'uid' && (await closedToOthers([found])) ? undefined : found
}
