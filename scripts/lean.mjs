/**
 * What makes a node start quickly, as a plugin of the build: everything that is loaded before it is ready comes as one
 * chunk, and asks of Node's and the store's modules no more than it uses. Of 27 milliseconds that `node -e 0` takes here,
 * a file that is loaded costs a third of one, and each point below between 3 and 12.
 */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { root } from './setup.mjs'

const source = join(root, 'src')
const startPath = ['cli/run.ts', 'cli/commands/start.ts', 'main.ts'].map((file) => join(source, file))
const lazyImport = /import\('(\.{1,2}\/[^']+\.ts)'\)/g
const builtinImport = /^(?:import|export) (?:([\w$]+),? ?)?(?:\{([^}]*)\} )?(?:\* as [\w$]+ )?from '(node:[\w/]+)'/gm

/** Packages that come into the bundle, where a dozen files become none, and the module of each that is taken. */
const bundled = {
  lmdb: 'node-index.js',
  // Without its native part: that takes a tenth of the time to start, gains little on short strings, and is many times
  // slower on long ones that are not Latin-1 (bench/strings.ts).
  msgpackr: 'index.js',
  'ordered-binary': 'index.js',
  'weak-lru-cache': 'index.js',
  '@harperfast/extended-iterable': 'index.js',
}
const lmdbModules = ['index', 'node-index', 'open', 'native', 'read', 'write', 'keys', 'level', 'caching']

/** Node's modules of which nothing is used before a node is ready. They are loaded at the first call of anything in them. */
const late = new Set(['crypto', 'fs/promises', 'v8', 'worker_threads', 'zlib'].map((name) => `node:${name}`))

function loadedNow(module, names) {
  return [
    `const builtin = process.getBuiltinModule('${module}')`,
    'export default builtin',
    ...names.map((name) => `export const ${name} = builtin.${name}`),
  ].join('\n')
}

/**
 * Each function replaces itself by the real one when it is first called, so that later calls cost nothing more. Constants
 * are looked up each time. What is null here (`parentPort`) is something only where it runs: there it is loaded at once.
 */
function loadedLate(module, names) {
  const builtin = createRequire(import.meta.url)(module)
  // For what only newer versions have, which is asked for by name where it is used.
  const whole = `new Proxy({}, { get: (_, key) => process.getBuiltinModule('${module}')[key] })`
  return names
    .map((name) => {
      const real = `process.getBuiltinModule('${module}').${name}`
      const value = builtin[name]
      if (value === null) return `export const ${name} = /* @__PURE__ */ (() => ${real})()`
      if (typeof value !== 'function') {
        return `export const ${name} = /* @__PURE__ */ new Proxy({}, { get: (_, key) => ${real}[key] })`
      }
      const late = `function () {
  ${name} = ${real}
  return new.target ? Reflect.construct(${name}, arguments) : ${name}.apply(this, arguments)
}`
      if (Object.getOwnPropertySymbols(value).length === 0) return `export let ${name} = ${late}`
      // It tells promisify, by a symbol of Node's own, what it answers: the real one is to be asked.
      const promise = `(...args) => process.getBuiltinModule('node:util').promisify(${real})(...args)`
      const custom = `Symbol.for('nodejs.util.promisify.custom')`
      return `export let ${name} = /* @__PURE__ */ Object.assign(${late}, { [${custom}]: ${promise} })`
    })
    .concat(`export default /* @__PURE__ */ ${whole}`)
    .join('\n')
}

/** lmdb's addon where npm puts it, for a checkout and for a package; else lmdb's own loader looks for it, which takes longer. */
const lmdbAddon = `import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
export default function load() {
  const name = \`@lmdb/lmdb-\${process.platform}-\${process.arch}/node.napi.glibc.node\`
  for (const folder of ['../node_modules', '../..']) {
    const file = join(import.meta.dirname, folder, name)
    if (!existsSync(file)) continue
    const addon = { exports: {} }
    try {
      process.dlopen(addon, file)
      return addon.exports
    } catch {
      // For another C library than this host's.
    }
  }
  const lmdb = createRequire(import.meta.url).resolve('lmdb')
  return createRequire(lmdb)('node-gyp-build-optional-packages')(dirname(dirname(lmdb)))
}`

/** `files`: all sources. */
export async function lean(files) {
  const texts = await Promise.all(files.map(async (file) => [file, await readFile(file, 'utf8')]))
  const lmdb = lmdbModules.map((name) => join(root, 'node_modules', 'lmdb', `${name}.js`))
  const builtins = builtinNames([
    ...texts,
    ...(await Promise.all(lmdb.map(async (file) => [file, await readFile(file, 'utf8')]))),
  ])
  return {
    name: 'lean',
    setup(build) {
      // `import` of a builtin reads all of its exports, some of which load half of Node when they are read.
      build.onResolve({ filter: /^node:/ }, ({ path }) =>
        builtins.has(path) ? { path, namespace: 'builtin' } : undefined,
      )
      build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
        contents: (late.has(path) ? loadedLate : loadedNow)(path, [...builtins.get(path)]),
      }))
      build.onResolve({ filter: new RegExp(`^(?:${Object.keys(bundled).join('|')})$`) }, ({ path, resolveDir }) => {
        const main = createRequire(join(resolveDir, 'x')).resolve(path)
        const folder = `node_modules/${path}/`
        return { path: `${main.slice(0, main.lastIndexOf(folder) + folder.length)}${bundled[path]}` }
      })
      build.onResolve({ filter: /^node-gyp-build-optional-packages$/ }, ({ path }) => ({ path, namespace: 'addon' }))
      build.onLoad({ filter: /.*/, namespace: 'addon' }, () => ({ contents: lmdbAddon }))
    },
  }
}

/**
 * esbuild makes a chunk of the modules that the same entry points reach. So everything that only a node loads later on
 * (services, the function runner) is made to reach all that it loads at first, which is loaded by then anyway, and each
 * command all that leads to commands. Answers what a module is to import before anything else.
 */
export async function sharedStart(files) {
  const lazy = new Set()
  for (const file of files) {
    for (const [, path] of (await readFile(file, 'utf8')).matchAll(lazyImport)) lazy.add(resolve(dirname(file), path))
  }
  return (file) => {
    if (!lazy.has(file) && !startPath.includes(file)) return []
    const ofCli = file.startsWith(join(source, 'cli')) && !startPath.includes(file)
    return startPath.slice(0, ofCli ? 1 : undefined).filter((other) => other !== file)
  }
}

const detour =
  /^import \{\s*([\w$]+(?:,\s*[\w$]+)*)\s*\} from "(\.\/[^"]+)";\n(?:import "[^"]+";\n)*export \{\s*\1\s*\};\n$/

/** Chunks that only hand on what another has are left out of the way of `import()`: a file less to load each time. */
export function withoutDetours(outputs) {
  const ways = new Map()
  for (const { path, text } of outputs) {
    const [, , chunk] = detour.exec(text) ?? []
    if (chunk !== undefined) ways.set(`./${basename(path)}`, chunk)
  }
  return outputs.map(({ path, text }) => ({
    path,
    text: text.replaceAll(/\bimport\("(\.\/[^"]+)"\)/g, (whole, named) =>
      whole.replace(named, ways.get(named) ?? named),
    ),
  }))
}

/** The names that modules import of each of Node's. */
function builtinNames(texts) {
  const names = new Map()
  for (const [file, text] of texts) {
    for (const [whole, first, list, module] of text.matchAll(builtinImport)) {
      if (whole.startsWith('import type')) continue
      if (list === undefined && first === undefined) throw new Error(`${file}: name what is imported from ${module}`)
      const known = names.get(module) ?? names.set(module, new Set()).get(module)
      for (const item of (list ?? '').split(',')) {
        const [, name] = /^\s*(?!type\s)([\w$]+)/.exec(item) ?? []
        if (name !== undefined && name !== 'default') known.add(name)
      }
    }
  }
  return names
}
