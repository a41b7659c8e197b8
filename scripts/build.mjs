/**
 * Bundles `src` to `dist`: plain JavaScript for Node 22, split so that each service is a chunk of its own, loaded on
 * first use. Packages stay outside. What modules name by `new URL('./x', import.meta.url)` or `join(import.meta.dirname, 'x')`
 * comes along: a module (a worker thread) as an entry point of its own, other files and folders as copies. Runs on Node 20.
 */
import { cp, mkdir, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { lean, sharedStart, withoutDetours } from './lean.mjs'
import { root } from './setup.mjs'

const source = join(root, 'src')
const asset = /(?:new URL\(\s*'(\.{1,2}\/[^']+)',\s*import\.meta\.url,?\s*\)|join\(import\.meta\.dirname, '([^']+)'\))/g
const moduleName = /\.(ts|mts|js|mjs)$/

/**
 * Builds to `dist`. `clean` first empties it, which pulls lazily loaded chunks from under a node that
 * runs there; `cache` adds the folder in which Node keeps what it compiled.
 */
export async function build({ clean = false, outdir = join(root, 'dist'), cache = true } = {}) {
  const started = new Date()
  const esbuild = await import('esbuild')
  const files = await sourceFiles(source)
  const { modules, assets } = await findNamed(files)
  if (clean) await rm(outdir, { recursive: true, force: true })
  const bundle = async (entries, importedFirst) => {
    const { outputFiles } = await esbuild.build({
      absWorkingDir: root,
      entryPoints: Object.fromEntries(entries.map((file) => [outputName(file).replace(/\.js$/, ''), file])),
      outdir,
      bundle: true,
      splitting: true,
      write: false,
      format: 'esm',
      platform: 'node',
      target: 'node22.18',
      packages: 'external',
      chunkNames: 'chunk-[name]-[hash]',
      entryNames: '[dir]/[name]',
      legalComments: 'none',
      logLevel: 'warning',
      plugins: [moduleFiles(importedFirst), json(), await lean(files)],
    })
    return outputFiles.map(({ path, text }) => ({ path, text }))
  }
  const node = await bundle([join(source, 'cli', 'landfall.ts'), join(source, 'main.ts')], await sharedStart(files))
  // Threads share no module with the node: what both had would be chunks of its own, and each takes time to load.
  const threads = await bundle(modules, () => [])
  await mkdir(outdir, { recursive: true })
  // Chunks carry a hash of what is in them, so only entries are replaced, and those last: what runs goes on running.
  const isEntry = (path) => !basename(path).startsWith('chunk-')
  const outputs = [...withoutDetours(node), ...threads]
  for (const { path, text } of outputs.sort((a, b) => Number(isEntry(a.path)) - Number(isEntry(b.path)))) {
    await replaceFile(path, text)
  }
  for (const file of assets) await cp(file, join(outdir, outputName(file)), { recursive: true })
  if (cache) await mkdir(join(outdir, '.compiled'), { recursive: true })
  // A source that was saved while this ran is newer than the build.
  await utimes(join(outdir, 'landfall.js'), started, started)
}

/** What modules name by URL or path: other modules, and files and folders to be copied. */
async function findNamed(files) {
  const modules = new Set()
  const assets = new Set()
  for (const file of files) {
    const text = await readFile(file, 'utf8')
    for (const [, url, path] of text.matchAll(asset)) {
      const named = resolve(dirname(file), url ?? path)
      if (named.startsWith(`${source}/`)) (moduleName.test(named) ? modules : assets).add(named)
    }
  }
  return { modules: [...modules], assets: [...assets] }
}

async function sourceFiles(folder) {
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  return files
    .filter((file) => file.isFile() && file.name.endsWith('.ts') && !file.name.endsWith('.test.ts'))
    .map((file) => join(file.parentPath ?? file.path, file.name))
}

/** `src/cli/landfall.ts` → `landfall.js`, `src/main.ts` → `main.js`, all others by their path: `workers-thread.js`. */
function outputName(file) {
  const path = relative(source, file)
  if (path === join('cli', 'landfall.ts')) return 'landfall.js'
  return path.replaceAll(/[\\/]/g, '-').replace(moduleName, '.js')
}

/**
 * Points references to files beside a module at what became of them, since all of `dist` is one flat folder.
 * `importedFirst`: see lean.mjs.
 */
function moduleFiles(importedFirst) {
  return {
    name: 'module-files',
    setup(build) {
      build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, 'utf8')
        const contents = text.replaceAll(asset, (whole, url, name) => {
          const named = resolve(dirname(path), url ?? name)
          const inDist = named.startsWith(`${source}/`) ? `./${outputName(named)}` : relative(source, named)
          return whole.replace(`'${url ?? name}'`, () => JSON.stringify(inDist))
        })
        const first = importedFirst(path).map((file) => `import ${JSON.stringify(file)};`)
        return { contents: `${first.join('')}${contents}`, loader: 'ts' }
      })
    },
  }
}

/** JSON as a string that is parsed when the chunk loads: several times quicker than the same as JavaScript. */
function json() {
  return {
    name: 'json',
    setup(build) {
      build.onLoad({ filter: /\.json$/ }, async ({ path }) => {
        const text = JSON.stringify(JSON.parse(await readFile(path, 'utf8')))
        return { contents: `export default JSON.parse(${JSON.stringify(text)})`, loader: 'js' }
      })
    },
  }
}

async function replaceFile(path, text) {
  const temporary = `${path}.${process.pid}.tmp`
  await writeFile(temporary, text)
  await rename(temporary, path)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await build({ clean: true })
