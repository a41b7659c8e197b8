import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readlinkSync } from 'node:fs'

/** Which process, and not merely which number: numbers are used again. */
export interface ProcessIdentity {
  readonly pid: number
  /** When the process started, in whatever form the system tells it; '' where it does not. */
  readonly startedAt: string
  /** The realm in which the number means something: one boot of one machine, one container of it. */
  readonly realm: string
}

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startedAt: startOf(process.pid) ?? '', realm: realm() }
}

/** Whether that process still runs; undefined when it cannot be told from here, as with another container's. */
export function isRunning(identity: ProcessIdentity): boolean | undefined {
  const here = realm()
  if (identity.realm !== here) return bootOf(identity.realm) === bootOf(here) ? undefined : false
  const startedAt = startOf(identity.pid)
  if (startedAt === undefined) return false
  return identity.startedAt === '' || startedAt === '' || startedAt === identity.startedAt
}

const bootOf = (of: string) => of.split(' ')[0]

function realm(): string {
  // Elsewhere processes have no realms, and a host's name may change under them.
  if (!existsSync('/proc/self/ns/pid')) return 'host'
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return `${boot} ${readlinkSync('/proc/self/ns/pid')}`
}

/** When the process started; undefined when there is none, or only its remains that nobody has collected. */
function startOf(pid: number): string | undefined {
  if (existsSync('/proc/self/stat')) {
    let stat: string
    try {
      stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
    // The name in parentheses may hold anything, so count from its end: field 3 is the state, 22 the start.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]!
  }
  const { status, stdout } = spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

const isMissing = (error: unknown) =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')
