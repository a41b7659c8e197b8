import { type SpawnSyncOptions, spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where what tests build by compilers is kept between runs. */
export const cacheDir = join(import.meta.dirname, '..', '..', '.cache', 'runtimes')

/** Whether the program is there. On a machine that does all tests (CI) it has to be: the test runs, and fails. */
export function have(file: string, versionFlag = '--version'): boolean {
  return process.env.CI !== undefined || spawnSync(file, [versionFlag]).error === undefined
}

/** Runs a program to its end. Throws with what it said when it fails. */
export function run(file: string, args: readonly string[], options: SpawnSyncOptions = {}): string {
  const { status, stdout, stderr, error } = spawnSync(file, args, { ...options, encoding: 'utf8' })
  if (error) throw error
  if (status !== 0) throw new Error(`${file} ${args.join(' ')}: exit status ${status}\n${stdout}${stderr}`)
  return stdout
}

/** A folder that goes with the test. */
export async function scratch(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'landfall-runtimes-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
