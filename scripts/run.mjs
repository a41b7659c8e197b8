/**
 * `node scripts/run.mjs NAME ARGS`: sets the checkout up, then runs a script of package.json with the Node that the
 * checkout brings. Runs on Node 20 and depends on nothing.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { findNode, root, SetupError, setup } from './setup.mjs'

const vitest = ['node_modules/vitest/vitest.mjs', 'run']
const biome = 'node_modules/@biomejs/biome/bin/biome'
/** Tests that need no running node, no child process and no stored data: the ones to run while editing. */
const unit = ['src', 'test/architecture.test.ts']

/**
 * What Node is told that runs Landfall; bin/landfall, which an installed package starts, tells it the same. V8 lets what is
 * newly made take up to 134 MB on a machine like ours before it looks what of it is garbage; this bounds it to a third, and
 * with it the buffers that wait to be let go. What that costs in CPU and saves in memory is in docs/performance.md.
 */
export const nodeFlags = ['--max-semi-space-size=16']

/** Each script: the commands it runs in turn, given the arguments after its name. */
const scripts = {
  start: { build: true, commands: (args) => [[...nodeFlags, 'dist/landfall.js', 'dev', 'examples/orders', ...args]] },
  test: { build: true, tests: true, commands: (args) => [[...vitest, ...args]] },
  'test:unit': { tests: true, commands: (args) => [[...vitest, ...unit, ...args]] },
  check: {
    commands: () => [
      [biome, 'check', '--error-on-warnings'],
      ['node_modules/typescript/bin/tsc', '--noEmit', '-p', '.'],
      [...vitest, 'test/architecture.test.ts'],
    ],
  },
  fix: { commands: (args) => [[biome, 'check', '--write', ...args]] },
  build: { commands: () => [['scripts/build.mjs']] },
  bench: { build: true, commands: (args) => [['bench/main.ts', ...args]] },
  'bench:events': { build: true, commands: (args) => [['bench/events.ts', ...args]] },
  'bench:peers': { build: true, commands: (args) => [['bench/peers.ts', ...args]] },
  'bench:growth': { build: true, commands: (args) => [['bench/growth.ts', ...args]] },
  'bench:soak': { build: true, commands: (args) => [['bench/soak.ts', ...args]] },
  'bench:functions-soak': { build: true, commands: (args) => [['bench/functions-soak.ts', ...args]] },
  'check:events': { tests: true, env: checkerSettings, commands: () => [[...vitest, 'test/checker/checker.test.ts']] },
  models: { commands: (args) => [['scripts/models.ts', ...args]] },
  package: { commands: (args) => [['scripts/package.mjs', ...args]] },
  parity: { commands: (args) => [['scripts/parity.ts', ...args]] },
}

/** `--minutes=60 --seed=7`, as the checker of events reads them (test/checker). */
function checkerSettings(args) {
  const given = args.map((arg) => /^--(minutes|seed)=(\d+(?:\.\d+)?)$/.exec(arg))
  if (given.includes(null)) throw new SetupError('check:events takes --minutes=N and --seed=N.')
  const settings = { minutes: '1', ...Object.fromEntries(given.map(([, name, value]) => [name, value])) }
  return Object.fromEntries(
    Object.entries(settings).map(([name, value]) => [`LANDFALL_CHECK_${name.toUpperCase()}`, value]),
  )
}

/** Runs `landfall ARGS` from the checkout and resolves to its exit code. */
export async function landfall(args) {
  await setup()
  return await spawnNode([...nodeFlags, join(root, 'dist/landfall.js'), ...args])
}

async function run(name, args) {
  const script = scripts[name]
  if (!script) {
    throw new SetupError(`There is no script "${name ?? ''}": use one of ${Object.keys(scripts).join(', ')}.`)
  }
  // Who asks what a bench takes is not kept waiting.
  const helps = name.startsWith('bench') && args.includes('--help')
  await setup({ build: script.build === true && !helps })
  Object.assign(process.env, script.env?.(args))
  let failed = 0
  for (const command of script.commands(args)) {
    const code = script.tests ? await runTests(command) : await spawnNode(command, { cwd: root })
    if (code !== 0) failed = code
  }
  return failed
}

/** Runs Vitest and ends with the one line that says how it went, whatever else was printed. */
async function runTests(command) {
  const folder = mkdtempSync(join(tmpdir(), 'landfall-tests-'))
  const file = join(folder, 'counts.json')
  try {
    const code = await spawnNode(command, { cwd: root, env: { ...process.env, LANDFALL_TEST_COUNTS: file } })
    const counts = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { passed: 0, failed: 1 }
    if (code !== 0 && counts.failed === 0) counts.failed = 1
    for (const [where, number] of Object.entries(counts.skipped ?? {})) {
      process.stdout.write(`skipped: ${number} of ${where}\n`)
    }
    process.stdout.write(`\nTests: ${counts.passed} passed, ${counts.failed} failed\n`)
    return code === 0 && counts.failed > 0 ? 1 : code
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs the pinned Node, passes signals on to it, and resolves to its exit code (128 + n when signal n ended it). */
function spawnNode(args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(findNode(), args, { stdio: 'inherit', ...options })
    // A terminal sends Ctrl-C to the child too, and a second one would cut its shutdown short.
    const pass = (signal) => (signal === 'SIGINT' && process.stdin.isTTY) || child.kill(signal)
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, pass)
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      for (const name of signals) process.off(name, pass)
      resolve(code ?? 128 + constants.signals[signal])
    })
  })
}

/** Runs `action`, and ends the process with its code; a SetupError is one sentence, not a stack. */
export async function main(action) {
  try {
    process.exitCode = await action()
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    process.stderr.write(`landfall: ${error.message}\n`)
    process.exitCode = 1
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await main(() => run(process.argv[2], process.argv.slice(3)))
}
