import { existsSync } from 'node:fs'
import { readdir, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { findPython } from './find-python.ts'
import type { Isolation } from './isolation.ts'
import { isSupported } from './runtimes.ts'

/** What runs the functions of one runtime on this host. */
export interface Language {
  readonly kind: 'node' | 'python' | 'java' | 'ruby' | 'go' | 'custom'
  /** The program, as the host sees it. Absent where the package brings it. */
  readonly program?: string
  /** `Node 24.21.0`; absent where it is the package's own affair. */
  readonly version?: string
  /** True when that is another version than the runtime is named after. */
  readonly differs: boolean
  /** The folder of what `landfall runtimes add` brought, which instances have to be shown. */
  readonly added?: string
}

/** The languages that this host has, with what was added to the folder `dir`. */
export interface Languages {
  readonly dir: string
  /** Resolves to what runs the runtime, else to a sentence on what is missing and what to do. */
  find(runtime: string, isolation?: Isolation['kind']): Promise<Language | string>
  /** That sentence; undefined when there is what runs it. */
  unavailable(runtime: string): Promise<string | undefined>
}

/** The name of the folder in which the Java runtime interface client is, for all versions of Java. */
export const javaClientDir = 'java-client'

export function createLanguages(dir: string): Languages {
  const find: Languages['find'] = async (runtime, isolation = 'none') => {
    if (!isSupported(runtime)) return `Landfall has no runtime ${runtime}.`
    const [, language = '', version = ''] = /^([a-z]+)([\d.]*)/.exec(runtime) ?? []
    const finder = finders[language]
    return finder ? finder({ dir, runtime, version, isolation }) : { kind: 'custom', differs: false }
  }
  return {
    dir,
    find,
    async unavailable(runtime) {
      const found = await find(runtime)
      return typeof found === 'string' ? found : undefined
    },
  }
}

interface Wanted {
  readonly dir: string
  readonly runtime: string
  /** `22.` of nodejs22.x, `3.12` of python3.12. */
  readonly version: string
  readonly isolation: Isolation['kind']
}

const finders: Readonly<Record<string, (wanted: Wanted) => Promise<Language | string>>> = {
  async nodejs({ dir, runtime }) {
    const added = join(dir, runtime)
    const program = join(added, 'bin', 'node')
    if (existsSync(program)) {
      const version = JSON.parse(await readFile(join(added, 'added.json'), 'utf8')) as { version: string }
      return { kind: 'node', program, version: `Node ${version.version}`, differs: false, added }
    }
    const own = process.versions.node
    const differs = !runtime.startsWith(`nodejs${own.split('.')[0]}.`)
    return { kind: 'node', program: process.execPath, version: `Node ${own}`, differs }
  },

  async python({ runtime, version, isolation }) {
    for (const path of [`/usr/bin/${runtime}`, `/usr/local/bin/${runtime}`]) {
      if (existsSync(path)) return { kind: 'python', program: path, version: `Python ${version}`, differs: false }
    }
    const program = await hostPython(isolation)
    if (!program) {
      return `This host has no Python 3 that functions could run. Install it (Debian: python3) to run ${runtime}.`
    }
    const [, own] = /python(3\.\d+)$/.exec(await realpath(program)) ?? []
    return { kind: 'python', program, version: own ? `Python ${own}` : 'Python 3', differs: own !== version }
  },

  async java({ dir, runtime, version }) {
    const wanted = Number.parseInt(version, 10)
    const found = (await virtualMachines()).filter(({ major }) => major >= wanted)
    const [best] = found.sort((a, b) => a.major - b.major)
    if (!best) {
      return `This host has no Java ${wanted} or newer in /usr/lib/jvm. Install it (Debian: openjdk-17-jre-headless) to run ${runtime}.`
    }
    const added = join(dir, javaClientDir)
    if (!existsSync(join(added, 'added.json'))) {
      return `${runtime} needs AWS's runtime interface client for Java: run "landfall runtimes add ${runtime}" with the data folder of this node.`
    }
    const { major, program, version: own } = best
    return { kind: 'java', program, version: `Java ${own}`, differs: major !== wanted, added }
  },

  async ruby({ runtime, version }) {
    const client = ['/usr/local/bin/aws_lambda_ric', '/usr/bin/aws_lambda_ric'].find((path) => existsSync(path))
    if (!existsSync('/usr/bin/ruby') || !client) {
      return `${runtime} needs Ruby and AWS's runtime interface client on this host: install both (Debian: ruby; then gem install aws_lambda_ric), or package a bootstrap for provided.al2023.`
    }
    const own = /ruby(\d+\.\d+)$/.exec(await realpath('/usr/bin/ruby'))?.[1]
    return { kind: 'ruby', program: client, version: `Ruby ${own ?? ''}`.trim(), differs: own !== version }
  },

  async dotnet({ runtime }) {
    return `${runtime} is not here: its managed runtime is not published as a package. Publish the function self-contained with Amazon.Lambda.RuntimeSupport, as "bootstrap", for provided.al2023.`
  },

  async go() {
    return { kind: 'go', differs: false }
  },
}

/** Found once: it may take a program to find it. */
const pythons = new Map<Isolation['kind'], Promise<string | undefined>>()
async function hostPython(isolation: Isolation['kind']): Promise<string | undefined> {
  let found = pythons.get(isolation)
  if (!found) {
    found = findPython(isolation)
    pythons.set(isolation, found)
  }
  // One that is installed later is found then.
  if ((await found) === undefined) pythons.delete(isolation)
  return found
}

/** The Java virtual machines of the host: a `release` file in each says which. */
export async function virtualMachines(): Promise<{ major: number; version: string; program: string }[]> {
  const root = '/usr/lib/jvm'
  const names = await readdir(root).catch(() => [])
  const homes = new Set(await Promise.all(names.map((name) => realpath(join(root, name)))))
  const found = await Promise.all(
    [...homes].map(async (home) => {
      const program = join(home, 'bin', 'java')
      const release = await readFile(join(home, 'release'), 'utf8').catch(() => '')
      const version = /^JAVA_VERSION="([^"]+)"/m.exec(release)?.[1]
      if (!version || !existsSync(program)) return []
      // Java 8 calls itself 1.8.
      const major = Number(/^(?:1\.)?(\d+)/.exec(version)?.[1])
      return [{ major, version, program }]
    }),
  )
  return found.flat()
}
