import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { javaClientDir } from './languages.ts'

/** What was added, as `added.json` beside it says. */
export interface Added {
  readonly runtime: string
  /** What it is of whom: a package's name and version. */
  readonly package: string
  readonly version: string
  /** The SHA-256 of each file, as the registry's client had checked and unpacked it. */
  readonly sha256: Readonly<Record<string, string>>
}

/** Why a runtime cannot be added, and what to do. */
export class CannotAdd extends Error {
  override name = 'CannotAdd'
  readonly nextStep: string

  constructor(message: string, nextStep: string) {
    super(message)
    this.nextStep = nextStep
  }
}

/**
 * Fetches what runs `runtime` into the folder `dir`, by the ordinary client of its registry as the user has set it up,
 * which checks what it gets. What was there before is replaced at once. Rejects with CannotAdd.
 */
export async function addRuntime(runtime: string, dir: string): Promise<Added> {
  const [, language = '', major = ''] = /^([a-z]+)(\d*)/.exec(runtime) ?? []
  // `nodejs20` is how one says it; functions name nodejs20.x.
  if (/^nodejs\d+$/.test(runtime)) return addRuntime(`${runtime}.x`, dir)
  const add = adders[language]
  if (!add) throw new CannotAdd(`No registry has ${runtime} as a package.`, notPackaged[language] ?? notPackaged.other)
  // The data folder is nobody else's; instances are shown what is in this one.
  await mkdir(dirname(dir), { recursive: true, mode: 0o700 })
  await mkdir(dir, { recursive: true, mode: 0o755 })
  const work = await mkdtemp(join(dir, '.adding-'))
  try {
    const { name, version, from, packageName } = await add(runtime, major, work)
    const sha256 = await checksums(from)
    const added: Added = { runtime, package: packageName, version, sha256 }
    await writeFile(join(from, 'added.json'), `${JSON.stringify(added, null, 2)}\n`)
    for (const folder of [from, ...folders(sha256).map((path) => join(from, path))]) await chmod(folder, 0o755)
    await rm(join(dir, name), { recursive: true, force: true })
    await rename(from, join(dir, name))
    return added
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** The first that has `module.register` in its last releases: runtimes/node-resolve.mjs. */
const oldestNode = 18

const notPackaged = {
  python: 'Install it on this host (Debian: python3.12, …): what is in /usr/bin and /usr/local/bin is found.',
  ruby: 'Install Ruby and the gem aws_lambda_ric on this host: Ruby in /usr/bin and /usr/local/bin is found.',
  dotnet:
    'Install the .NET runtime on this host (dotnet-runtime-8.0), or publish the function self-contained with Amazon.Lambda.RuntimeSupport, as "bootstrap", for provided.al2023.',
  other: 'Runtimes that can be added are nodejs18.x to nodejs24.x and java8.al2 to java25.',
} as Readonly<Record<string, string>> & { readonly other: string }

/** What one has fetched: `from` is moved to `name` in the folder of runtimes. */
interface Fetched {
  readonly name: string
  readonly version: string
  readonly from: string
  readonly packageName: string
}

const adders: Readonly<Record<string, (runtime: string, major: string, work: string) => Promise<Fetched>>> = {
  async nodejs(runtime, major, work) {
    if (Number(major) < oldestNode) {
      throw new CannotAdd(
        `The program that runs handlers needs Node ${oldestNode} or newer.`,
        `Functions of ${runtime} run on the node's own Node, ${process.versions.node}.`,
      )
    }
    const packageName = `node-${process.platform}-${process.arch}`
    const args = ['pack', '--json', '--pack-destination', work, `${packageName}@${major}`]
    const packed: unknown = JSON.parse(await run('npm', args, work))
    const [first] = (Array.isArray(packed) ? packed : []) as { filename?: string; version?: string }[]
    if (!first?.filename || !first.version)
      throw new CannotAdd(`npm did not say what it fetched of ${packageName}.`, 'Try again.')
    await run('tar', ['-xzf', join(work, first.filename), '-C', work, 'package/bin/node', 'package/LICENSE'], work)
    const from = join(work, 'package')
    await chmod(join(from, 'bin', 'node'), 0o755)
    return { name: runtime, version: first.version, from, packageName }
  },

  async java(_runtime, _major, work) {
    const [group, artifact] = ['com.amazonaws', 'aws-lambda-java-runtime-interface-client']
    const project = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>landfall</groupId><artifactId>runtime</artifactId><version>1</version><dependencies><dependency>
<groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>RELEASE</version></dependency></dependencies></project>`
    await writeFile(join(work, 'pom.xml'), project)
    const from = join(work, 'jars')
    // -C: a file whose checksum differs is a failure.
    const copy = ['dependency:copy-dependencies', `-DoutputDirectory=${from}`, '-DincludeScope=runtime']
    await run('mvn', ['-q', '-B', '-C', ...copy], work)
    const jar = (await readdir(from)).find((name) => name.startsWith(artifact))
    const version = /-(\d[\w.]*)\.jar$/.exec(jar ?? '')?.[1]
    if (!version) throw new CannotAdd('Maven fetched no runtime interface client.', 'Try again.')
    return { name: javaClientDir, version, from, packageName: `${group}:${artifact}` }
  },
}

function run(file: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, args, { cwd, maxBuffer: 16_000_000 }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout)
      if (error.code === 'ENOENT') {
        return reject(new CannotAdd(`${file} is not on this host.`, `Install it (Debian: ${debian[file] ?? file}).`))
      }
      const said = (stderr || stdout).trim().split('\n').slice(-5).join('\n')
      reject(
        new CannotAdd(`${file} could not fetch it: ${said}`, `See that ${file} reaches its registry, and try again.`),
      )
    })
  })
}
const debian: Readonly<Record<string, string>> = { mvn: 'maven' }

async function checksums(dir: string): Promise<Record<string, string>> {
  const files = (await readdir(dir, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const sums: Record<string, string> = {}
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name)
    const hash = createHash('sha256')
    await pipeline(createReadStream(path), hash)
    sums[path.slice(dir.length + 1)] = hash.digest('hex')
    // Others than the node's user run it.
    await chmod(path, path.endsWith('/bin/node') ? 0o755 : 0o644)
  }
  return sums
}

const folders = (sums: Readonly<Record<string, string>>) => [
  ...new Set(Object.keys(sums).flatMap((path) => (path.includes('/') ? [path.slice(0, path.lastIndexOf('/'))] : []))),
]
