import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const name = /^landfall-run-(\d+)$/

/**
 * Before all tests: whatever they put where temporary files belong goes into one folder of this run, which is removed
 * after them. What a run left that was killed, the next one removes.
 */
export default function setup(): () => void {
  const root = tmpdir()
  for (const entry of readdirSync(root)) {
    const pid = Number(name.exec(entry)?.[1])
    if (pid > 0 && !isAlive(pid)) remove(join(root, entry))
  }
  const dir = join(root, `landfall-run-${process.pid}`)
  mkdirSync(dir, { recursive: true })
  // As `/tmp` itself: some tests run programs as other users.
  chmodSync(dir, 0o1777)
  const before = process.env.TMPDIR
  process.env.TMPDIR = dir
  return () => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    remove(dir)
  }
}

/** What a test has made unwritable, or another user's, is somebody else's to remove. */
function remove(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 3 })
  } catch (error) {
    console.warn(`${path} stays behind: ${(error as Error).message}`)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
