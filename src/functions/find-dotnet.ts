import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'

/** The .NET host of this machine, with the runtime of it that a function gets. */
export interface FoundDotnet {
  readonly program: string
  /** `8.0.11` */
  readonly version: string
}

/** Where packages of distributions and of Microsoft put it. */
const places = ['/usr/bin', '/usr/local/bin', '/usr/share/dotnet', '/usr/lib/dotnet']

/**
 * The oldest runtime that is no older than `major`, of the .NET in `folder` and of the host; undefined when there is
 * none. Of the host's programs instances see what is in /usr.
 */
export async function findDotnet(major: number, folder: string): Promise<FoundDotnet | undefined> {
  const paths = [folder, ...places].map((place) => join(place, 'dotnet')).filter((path) => existsSync(path))
  const programs = await Promise.all(paths.map((path) => (path.startsWith(folder) ? path : realpath(path))))
  const seen = programs.filter((program) => program.startsWith(folder) || program.startsWith('/usr/'))
  const found = await Promise.all([...new Set(seen)].map(runtimesOf))
  const [best] = found
    .flat()
    .filter(({ version }) => Number.parseInt(version, 10) >= major)
    .sort((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }))
  return best
}

function runtimesOf(program: string): Promise<FoundDotnet[]> {
  return new Promise((resolve) => {
    execFile(program, ['--list-runtimes'], { timeout: 10_000 }, (error, stdout) => {
      const versions = error ? [] : [...stdout.matchAll(/^Microsoft\.NETCore\.App (\S+) /gm)]
      resolve(versions.flatMap(([, version]) => (version === undefined ? [] : [{ program, version }])))
    })
  })
}
