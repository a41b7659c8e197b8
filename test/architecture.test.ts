import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '..')
const src = join(root, 'src')

const engines = [
  'store',
  'blobs',
  'protocol',
  'authn',
  'authz',
  'functions',
  'delivery',
  'stacks',
  'telemetry',
  'faults',
  'outbox',
  'workers',
  'gateway',
]

/** Which layers each layer may import, itself apart. DESIGN §8: imports point one way. */
const mayImport: Record<string, readonly string[]> = {
  kernel: [],
  engine: ['kernel', 'keyspace'],
  // The front door strings the other engines together: its steps are calls to them.
  front: ['kernel', 'keyspace', 'engine'],
  keyspace: ['kernel'],
  // What runs in a worker is other engines' work: the thread strings them together, like the front door.
  thread: ['kernel', 'keyspace', 'engine'],
  service: ['kernel', 'engine', 'keyspace'],
  registry: ['kernel', 'service'],
  config: [],
  main: ['kernel', 'engine', 'front', 'keyspace', 'service', 'registry', 'config'],
  cli: ['kernel', 'main', 'config'],
}

/** A service that is another one's second API, over the same state. */
const secondApis: Readonly<Record<string, string>> = { dynamodbstreams: 'dynamodb' }

/** What services and their neighbours get from `ctx` or `host` instead. Type positions (`: Date`) are not uses. */
const ambient: readonly [name: string, pattern: RegExp][] = [
  ['Date.now', /\bDate\.now\b/],
  ['new Date()', /\bnew Date\(\s*\)/],
  ['Math.random', /\bMath\.random\b/],
  ['process.env', /\bprocess\.env\b/],
  ['performance.now', /\bperformance\.now\b/],
]
const forbiddenModules = /^(node:)?(fs|fs\/promises|child_process|net|http|https|os|process)$/

interface Import {
  readonly specifier: string
  readonly typeOnly: boolean
}

interface Module {
  /** Relative to src, with forward slashes. */
  readonly path: string
  readonly code: string
  readonly lines: number
  readonly imports: readonly Import[]
}

const modules = readdirSync(src, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => readModule(join(entry.parentPath, entry.name)))
const production = modules.filter(({ path }) => !path.endsWith('.test.ts') && !isTestSupport(path))

describe('imports point one way', () => {
  test('the scanner sees the modules and their imports', () => {
    expect(production.length).toBeGreaterThan(100)
    expect(production.flatMap(({ imports }) => imports).length).toBeGreaterThan(300)
    expect(importsIn(`import a from './a.ts'\nimport type { B } from "./b.ts"\nexport { c } from './c.ts'`)).toEqual([
      { specifier: './a.ts', typeOnly: false },
      { specifier: './b.ts', typeOnly: true },
      { specifier: './c.ts', typeOnly: false },
    ])
    expect(
      importsIn(`const x = await import('./d.ts')\nimport './e.ts'\nimport {\n  type F,\n  g,\n} from './g.ts'`),
    ).toEqual([
      { specifier: './e.ts', typeOnly: false },
      { specifier: './g.ts', typeOnly: false },
      { specifier: './d.ts', typeOnly: false },
    ])
    expect(withoutComments(`a // import './x.ts'\n/* Date.now */ const url = 'http://b'`).trim()).toBe(
      `a \n const url = 'http://b'`,
    )
  })

  test('each module imports only what its layer may', () => {
    const wrong: string[] = []
    for (const module of production) {
      const from = layerOf(module.path)
      for (const { specifier, typeOnly } of module.imports) {
        if (!specifier.startsWith('.')) continue
        const target = relative(src, resolve(src, dirname(module.path), specifier)).replaceAll('\\', '/')
        if (target.startsWith('../')) continue
        const to = layerOf(target)
        if (!isAllowed(module.path, from, target, to, typeOnly))
          wrong.push(`${module.path} (${from}) → ${target} (${to})`)
      }
    }
    expect(wrong).toEqual([])
  })

  test('every folder of src belongs to a layer', () => {
    expect(modules.filter(({ path }) => layerOf(path) === undefined).map(({ path }) => path)).toEqual([])
  })
})

describe('services see no ambient world', () => {
  const services = production.filter(({ path }) => layerOf(path) === 'service')

  test.each(ambient)('no service uses %s', (_name, pattern) => {
    expect(services.filter(({ code }) => pattern.test(code)).map(({ path }) => path)).toEqual([])
  })

  test('no service reaches the file system, the network or processes by itself', () => {
    const wrong = services.flatMap(({ path, imports }) =>
      imports
        .filter(({ specifier, typeOnly }) => !typeOnly && forbiddenModules.test(specifier))
        .map(({ specifier }) => `${path}: ${specifier}`),
    )
    expect(wrong).toEqual([])
  })

  test('only config.ts reads the environment', () => {
    const readers = production.filter(({ code }) => /\bprocess\.env\b/.test(code)).map(({ path }) => path)
    expect(readers.filter((path) => path !== 'config.ts' && !runsInsideSandbox(path))).toEqual([])
  })
})

describe('files', () => {
  test('none is longer than 300 lines', () => {
    const long = production.filter(({ lines, path }) => lines > 300 && !isGenerated(path))
    expect(long.map(({ path, lines }) => `${path}: ${lines}`)).toEqual([])
  })

  test('each is named for its concept', () => {
    const vague = /(^|[/-])(utils?|helpers?|common|misc)([./-]|$)/
    expect(modules.filter(({ path }) => vague.test(path)).map(({ path }) => path)).toEqual([])
  })

  test('what a module needs beside it is named in a way that the build follows', () => {
    const followed = /\bjoin\(import\.meta\.dirname, '[^']+'\)/g
    const wrong = production.filter(({ code }) =>
      /\bimport\.meta\.(dirname|filename)\b/.test(code.replaceAll(followed, '')),
    )
    expect(wrong.map(({ path }) => path)).toEqual([])
  })
})

describe('the lockfile', () => {
  const text = readFileSync(join(root, 'package-lock.json'), 'utf8')

  test('names no registry', () => {
    expect(text.match(/"resolved"/g) ?? []).toEqual([])
  })

  test('names the packages of every platform (node scripts/lockfile.mjs adds what is missing)', () => {
    const { packages } = JSON.parse(text) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>
    }
    const missing = Object.entries(packages).flatMap(([parent, entry]) =>
      Object.keys(entry.optionalDependencies ?? {}).filter(
        (name) => !(`node_modules/${name}` in packages) && !(`${parent}/node_modules/${name}` in packages),
      ),
    )
    expect(missing).toEqual([])
  })
})

function layerOf(path: string): string | undefined {
  const [top, second] = path.split('/') as [string, string?]
  if (path === 'store/keyspace.ts') return 'keyspace'
  if (path === 'workers/tasks.ts' || path === 'workers/thread.ts') return 'thread'
  if (second === undefined)
    return { 'config.ts': 'config', 'directory.ts': 'registry', 'registry.ts': 'registry' }[top] ?? 'main'
  if (top === 'kernel' || top === 'cli') return top
  if (top === 'http') return 'front'
  if (top === 'services') return 'service'
  return engines.includes(top) ? 'engine' : undefined
}

function isAllowed(path: string, from: string | undefined, target: string, to: string | undefined, typeOnly: boolean) {
  if (from === undefined || to === undefined) return false
  if (from === to && from === 'service') {
    const [service = '', other] = [path.split('/')[1], target.split('/')[1]]
    return service === other || secondApis[service] === other
  }
  if (from === to) return from !== 'engine' || path.split('/')[0] === target.split('/')[0]
  if (typeOnly && to === 'kernel') return true
  return mayImport[from]?.includes(to) === true
}

/** Contract suites and fixtures are run by tests and belong to no layer. */
function isTestSupport(path: string): boolean {
  return path.endsWith('/contract.ts') || path.endsWith('.fixture.ts')
}

/** Code that is started inside a function's own process, whose environment is the function's. */
function runsInsideSandbox(path: string): boolean {
  return path.startsWith('functions/runtimes/')
}

function isGenerated(path: string): boolean {
  return path.endsWith('/api.ts')
}

function readModule(file: string): Module {
  const text = readFileSync(file, 'utf8')
  const code = withoutComments(text)
  return {
    path: relative(src, file).replaceAll('\\', '/'),
    code,
    lines: text.split('\n').length - 1,
    imports: importsIn(code),
  }
}

/** Drops comments, leaving strings and templates (which may hold `//`) as they are. */
function withoutComments(text: string): string {
  return text.replace(
    /('(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g,
    (_whole, string: string | undefined) => string ?? '',
  )
}

function importsIn(code: string): Import[] {
  const found: Import[] = []
  for (const match of code.matchAll(
    /^\s*(?:import|export)\s+(type\s+)?(?:[\w*{}\s,$]+?\sfrom\s*)?['"]([^'"]+)['"]/gm,
  )) {
    found.push({ specifier: match[2]!, typeOnly: match[1] !== undefined })
  }
  for (const match of code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) {
    found.push({ specifier: match[1]!, typeOnly: false })
  }
  return found
}
