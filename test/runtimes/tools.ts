import { type SpawnSyncOptions, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
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

/** The Python that functions here run on. */
export const python = ['/usr/bin/python3', '/usr/local/bin/python3'].find((path) => existsSync(path)) ?? 'python3'

/** A package of PyPI with what it needs, by pip, for that Python: its files by path. */
export async function pythonPackage(name: string): Promise<Record<string, Buffer>> {
  await using work = await scratch()
  const version = run(python, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']).trim()
  const target = join(work.path, 'package')
  const wheels = ['--python-version', version, '--only-binary', ':all:', '--target', target]
  run('python3', ['-m', 'venv', join(work.path, 'venv')])
  run(join(work.path, 'venv', 'bin', 'pip'), ['install', '-q', '--disable-pip-version-check', ...wheels, name])
  const files: Record<string, Buffer> = {}
  for (const entry of await readdir(target, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith('.pyc')) continue
    const path = join(entry.parentPath, entry.name)
    files[path.slice(target.length + 1)] = await readFile(path)
  }
  return files
}

/** A folder that goes with the test. */
export async function scratch(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'landfall-runtimes-'))
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
}
