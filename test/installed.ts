import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '..')
const kept = join(root, '.cache', 'packages')

/**
 * Packages that users have and we do not: tools and plugins to be tried with. `test/packages/<name>` pins them with a
 * lockfile; they are installed when first asked for and kept between runs. Answers their `node_modules`, which lies
 * inside the checkout: peers that are not installed are those of the checkout.
 */
export async function installed(name: string): Promise<string> {
  const npm = { lock: 'package-lock.json', command: ['npm', 'ci', '--legacy-peer-deps', '--loglevel=error'] }
  return join(await installedWith(name, npm), 'node_modules')
}

/** What installs packages of some registry: run in a copy of `test/packages/<name>`, which it may write to. */
export interface Installer {
  /** The file that names every package and its version: another one is another installation. */
  readonly lock: string
  readonly command: readonly string[]
}

/** The same for packages that are not npm's. Answers the folder. */
export async function installedWith(name: string, { lock, command }: Installer): Promise<string> {
  const source = join(root, 'test', 'packages', name)
  const pinned = createHash('sha256').update(await readFile(join(source, lock)))
  const folder = join(kept, `${name}-${pinned.digest('hex').slice(0, 12)}`)
  if (!existsSync(folder)) await install(source, folder, command)
  return folder
}

const pip = {
  lock: 'requirements.txt',
  // The file names all that is needed, and not what is only for those who develop: that is most of some. What is compiled
  // beforehand is what nobody imports, too.
  command: [
    'sh',
    '-c',
    'python3 -m venv venv && venv/bin/pip install --quiet --no-deps --no-compile --requirement requirements.txt',
  ],
}

/** The same for Python's. Answers the interpreter that has them: scripts of theirs do not survive being moved. */
export async function installedPython(name: string): Promise<string> {
  return join(await installedWith(name, pip), 'venv', 'bin', 'python3')
}

const maven = {
  lock: 'pom.xml',
  command: [
    'mvn',
    ...['--quiet', '--batch-mode', '--strict-checksums'],
    'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies',
    ...['-DoutputDirectory=jars', '-DincludeScope=runtime'],
  ],
}

/** The same for Java's. Answers the folder with what belongs on the class path. */
export async function installedJars(name: string): Promise<string> {
  return join(await installedWith(name, maven), 'jars')
}

/** Installs beside, then renames: another test file may be at the same, and what is there is whole. */
async function install(source: string, folder: string, [file = '', ...args]: readonly string[]): Promise<void> {
  await mkdir(kept, { recursive: true })
  const beside = await mkdtemp(`${folder}-`)
  try {
    await cp(source, beside, { recursive: true })
    await cp(join(root, '.npmrc'), join(beside, '.npmrc'))
    await promisify(execFile)(file, args, { cwd: beside })
    await rename(beside, folder).catch((error: unknown) => {
      if (!existsSync(folder)) throw error
    })
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
}
