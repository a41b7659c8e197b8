import { existsSync } from 'node:fs'
import { readdir, readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { findDotnet } from './find-dotnet.ts'
import { findPython } from './find-python.ts'
import { findRuby } from './find-ruby.ts'
import type { Isolation } from './isolation.ts'
import { isSupported } from './runtimes.ts'

/** What runs the functions of one runtime on this host. */
export interface Language {
  readonly kind: 'node' | 'python' | 'java' | 'ruby' | 'dotnet' | 'go' | 'custom'
  /** The program, as the host sees it. Absent where the package brings it. */
  readonly program?: string
  /** `Node 24.21.0`; absent where it is the package's own affair. */
  readonly version?: string
  /** True when that is another version than the runtime is named after. */
  readonly differs: boolean
  /** A folder that instances have to be shown: what `landfall runtimes add` brought, or a client that the host has. */
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
    const program = await once(`python in ${isolation}`, () => findPython(isolation))
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
    const found = await once(`ruby${version}`, () => findRuby(version))
    if (!found) {
      return `${runtime} needs Ruby in /usr and AWS's runtime interface client on this host: install both (Debian: ruby; then gem install aws_lambda_ric), or package a bootstrap for provided.al2023.`
    }
    const { program, client, version: own } = found
    return { kind: 'ruby', program, version: `Ruby ${own}`, differs: !own.startsWith(`${version}.`), added: client }
  },

  async dotnet({ dir, runtime, version }) {
    const [wanted, folder] = [Number.parseInt(version, 10), join(dir, 'dotnet')]
    const found = await once(`${runtime} in ${dir}`, () => findDotnet(wanted, folder))
    if (!found) {
      return `This host has no .NET ${wanted} or newer. Install its runtime (dotnet-runtime-${wanted}.0), or unpack it into runtimes/dotnet in the data folder, to run executable assemblies as ${runtime}, or publish the function self-contained with Amazon.Lambda.RuntimeSupport, as "bootstrap", for provided.al2023.`
    }
    const { program, version: own } = found
    const added = program.startsWith(folder) && { added: folder }
    return { kind: 'dotnet', program, version: `.NET ${own}`, differs: Number.parseInt(own, 10) !== wanted, ...added }
  },

  async go() {
    return { kind: 'go', differs: false }
  },
}

/** What it takes a program to find, and so is found once; what is installed later is found then. */
const finding = new Map<string, Promise<unknown>>()
async function once<T>(what: string, find: () => Promise<T | undefined>): Promise<T | undefined> {
  const found = (finding.get(what) as Promise<T | undefined> | undefined) ?? find()
  finding.set(what, found)
  if ((await found) === undefined) finding.delete(what)
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
