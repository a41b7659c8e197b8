/**
 * Makes a checkout ready: installs what the lockfile names, builds when sources are newer than `dist`, and finds the
 * Node that the checkout brings. Depends on nothing and runs on Node 20, because it runs before anything is installed.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** What Landfall needs of a Node that it does not bring itself (`engines` in package.json says the same). */
const minimum = [22, 18]

/** Something that went wrong and what to do about it, in one sentence each; shown without a stack. */
export class SetupError extends Error {}

/** Installs and builds as far as needed. `build: false` leaves `dist` alone (tests run the sources). */
export async function setup({ build = true } = {}) {
  install()
  if (build && buildIsStale()) {
    const started = performance.now()
    await (await import('./build.mjs')).build().catch((error) => {
      // esbuild has already shown what is wrong, with the place of it.
      if (!('errors' in error)) throw error
      throw new SetupError('The build failed, see above: mend what it names, then try again.')
    })
    say(`built in ${Math.round(performance.now() - started)} ms`)
  }
}

/** The path of the Node to run Landfall with: the pinned one, else this one when it is new enough. */
export function findNode() {
  const pinned = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node')
  if (existsSync(pinned)) return pinned
  if (isNewEnough(process.versions.node)) return process.execPath
  throw new SetupError(
    `Landfall needs Node ${minimum.join('.')} or newer, this is ${process.versions.node}, and there is no pinned Node for ${process.platform}-${process.arch}: install a newer Node and try again.`,
  )
}

export function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number)
  return major > minimum[0] || (major === minimum[0] && minor >= minimum[1])
}

function install() {
  if (isInstalled()) return
  say('installing dependencies (npm ci)')
  const npm = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  if (npm.error) {
    throw new SetupError(
      `npm could not be started (${npm.error.message}): install npm, which comes with Node, and try again.`,
    )
  }
  if (npm.status !== 0) {
    throw new SetupError('npm ci failed, see above: check that the package registry can be reached, then try again.')
  }
}

/**
 * True when node_modules holds what the lockfile names. npm's own record of what it installed is written last, so an
 * interrupted installation does not count, and one that was made by `npm install` does.
 */
function isInstalled() {
  const record = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(record)) return false
  const wanted = readJson(join(root, 'package-lock.json')).packages
  const present = readJson(record).packages
  return Object.entries(wanted).every(([path, { version, optional, link }]) => {
    if (path === '' || link || !path.includes('node_modules/')) return true
    return path in present ? present[path].version === version : optional === true
  })
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new SetupError(
      `${path} cannot be read (${error.message}): restore it, or delete node_modules, and try again.`,
    )
  }
}

function buildIsStale() {
  const built = modifiedMs(join(root, 'dist', 'landfall.js'))
  if (built === 0) return true
  const sources = ['src', 'scripts/build.mjs', 'package.json', 'package-lock.json']
  return sources.some((source) => newestMs(join(root, source)) > built)
}

function newestMs(path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return readdirSync(path).reduce((newest, name) => Math.max(newest, newestMs(join(path, name))), stat.mtimeMs)
}

function modifiedMs(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0
}

function say(message) {
  process.stderr.write(`landfall: ${message}\n`)
}
