import { linkSync, readdirSync, readFileSync, rmSync, statSync, utimes, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { StoreError } from '../kernel/store.ts'
import { isRunning, ownIdentity, type ProcessIdentity } from './process-identity.ts'

interface Claim extends ProcessIdentity {
  /** The holder let go of it. */
  readonly released: boolean
}

export interface FolderLock {
  release(): void
}

/** How often the holder shows that it lives, and how long after the last sign it counts as gone: for holders in another container. */
const heartbeatMs = 5_000
const silentMs = 30_000

/**
 * Makes this process the only one that uses the folder. The holder is named by the claim with the highest number
 * (`lock.1`, `lock.2`, …). Taking over a dead one's means creating the next number, which only one process can; numbers
 * are never used again, so that a slow contender cannot take what another took meanwhile.
 *
 * `onLost` is called should somebody else take the lock although we hold it (a machine that slept).
 */
export function lockFolder(path: string, onLost: (error: StoreError) => void): FolderLock {
  const own = ownIdentity()
  const number = claim(path, own)
  for (const other of claimsIn(path)) if (other < number) rmSync(claimPath(path, other), { force: true })

  const timer = setInterval(() => {
    if (!isNewest(path, number)) {
      clearInterval(timer)
      onLost(new StoreError('locked', 'The lock of this data folder was taken or removed by somebody else.'))
      return
    }
    showLife(claimPath(path, number))
  }, heartbeatMs).unref()

  return {
    release() {
      clearInterval(timer)
      // The file stays, and with it the number; after a takeover it is not ours to write.
      if (!isNewest(path, number)) return
      try {
        writeClaim(path, number, { ...own, released: true })
      } catch {
        // Not even room for these few bytes: a claim that is not there holds nothing either.
        rmSync(claimPath(path, number), { force: true })
      }
    },
  }
}

/** Throws StoreError('locked') when somebody holds it. */
function claim(path: string, own: ProcessIdentity): number {
  for (;;) {
    const newest = newestClaim(path)
    if (newest !== undefined) refuseIfHeld(path, newest)
    const number = (newest ?? 0) + 1
    const draft = join(path, `lock-draft.${process.pid}`)
    writeFileSync(draft, JSON.stringify({ ...own, released: false }), { mode: 0o600 })
    try {
      // Unlike creating and then writing, a link appears with its text in it, and only if there was none.
      linkSync(draft, claimPath(path, number))
    } catch (error) {
      if (hasCode(error, 'EEXIST')) continue
      throw error
    } finally {
      rmSync(draft, { force: true })
    }
    if (newestClaim(path) === number) return number
    // Somebody went further while we looked at an older claim.
    rmSync(claimPath(path, number), { force: true })
  }
}

function refuseIfHeld(path: string, number: number): void {
  let held: Claim
  let signMs: number
  try {
    held = JSON.parse(readFileSync(claimPath(path, number), 'utf8')) as Claim
    signMs = statSync(claimPath(path, number)).mtimeMs
  } catch (error) {
    // Replaced while we looked: look again. Unreadable: written by nobody that runs, since a link appears whole.
    if (hasCode(error, 'ENOENT') || error instanceof SyntaxError) return
    throw error
  }
  if (held.released) return
  const running = isRunning(held) ?? Date.now() - signMs < silentMs
  if (!running) return
  throw new StoreError(
    'locked',
    `This data folder is in use by the process with pid ${held.pid}. Stop it first, or give this one another folder with --data.`,
  )
}

function writeClaim(path: string, number: number, claim: Claim): void {
  writeFileSync(claimPath(path, number), JSON.stringify(claim), { mode: 0o600 })
}

/** The numbers of the claims, in order. */
function claimsIn(path: string): number[] {
  return readdirSync(path)
    .map((name) => /^lock\.(\d+)$/.exec(name)?.[1])
    .filter((number) => number !== undefined)
    .map(Number)
    .sort((a, b) => a - b)
}

const newestClaim = (path: string) => claimsIn(path).at(-1)

function isNewest(path: string, number: number): boolean {
  try {
    return newestClaim(path) === number
  } catch {
    // Not to be read now, for want of a file descriptor perhaps: that says nothing, and the next beat looks again.
    return true
  }
}

/** A sign that cannot be given now is given at the next beat. */
function showLife(claim: string): void {
  const now = new Date()
  utimes(claim, now, now, () => {})
}

const claimPath = (path: string, number: number) => join(path, `lock.${number}`)

const hasCode = (error: unknown, code: string) => error instanceof Error && 'code' in error && error.code === code
