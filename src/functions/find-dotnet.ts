import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Isolation } from './isolation.ts'

/** The .NET host of this machine, with the runtime of it that a function gets. */
export interface FoundDotnet {
  readonly program: string
  /** `8.0.11` */
  readonly version: string
}

/** Where packages of distributions and of Microsoft put it; DOTNET_ROOT is how .NET itself is told of others. */
const places = ['/usr/bin', '/usr/local/bin', '/usr/share/dotnet', '/usr/lib/dotnet']

/**
 * The oldest runtime of the host that is no older than `major`; undefined when it has none that instances may run: in a
 * sandbox they see of the host's programs what is in /usr.
 */
export async function findDotnet(major: number, kind: Isolation['kind']): Promise<FoundDotnet | undefined> {
  const roots = [process.env.DOTNET_ROOT ?? '', ...places].filter((root) => existsSync(join(root, 'dotnet')))
  const programs = await Promise.all(roots.map((root) => realpath(join(root, 'dotnet'))))
  const seen = programs.filter((program) => kind !== 'bubblewrap' || program.startsWith('/usr/'))
  const found = await Promise.all([...new Set(seen)].map(runtimesOf))
  const [best] = found
    .flat()
    .filter(({ version }) => Number.parseInt(version, 10) >= major)
    .sort((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }))
  return best
}

function runtimesOf(program: string): Promise<FoundDotnet[]> {
  return new Promise((resolve) => {
    execFile(program, ['--list-runtimes'], (error, stdout) => {
      const versions = error ? [] : [...stdout.matchAll(/^Microsoft\.NETCore\.App (\S+) /gm)]
      resolve(versions.flatMap(([, version]) => (version === undefined ? [] : [{ program, version }])))
    })
  })
}
