import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startNode, type TestNode } from '../harness.ts'

const run = promisify(execFile)

/** Whether a command ends well. */
export function succeeds(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Whether this machine has the clients; `.ci/run` installs them. */
export const hasBoto3 = () => succeeds('python3', '-c', 'import boto3')
export const hasAwsCli = () => succeeds('aws', '--version')
/** The AWS CLI 2, which Debian has as a package, if it is there: the one on the path may be a 1. */
export function awsCli2(): string | undefined {
  return ['aws', '/usr/bin/aws'].find((command) => succeeds(command, 'logs', 'tail', 'help'))
}

/** A node with the clients that are written in Python, and a folder for their files. */
export interface Python extends AsyncDisposable {
  readonly node: TestNode
  readonly dir: string
  /** Runs `<name>.py` of this folder and parses what it prints, which is one JSON document. */
  script(name: string, args?: readonly string[], more?: Readonly<Record<string, string>>): Promise<unknown>
  /** Runs the AWS CLI and answers what it prints. */
  aws(...args: string[]): Promise<string>
  /** Runs that AWS CLI. */
  awsBy(command: string, ...args: string[]): Promise<string>
}

/** Starts a node that keeps nothing, for Python's clients. */
export async function startPython(): Promise<Python> {
  const node = await startNode({ ephemeral: true })
  const base = mkdtempSync(join(tmpdir(), 'landfall-python-'))
  const dir = join(base, 'files')
  mkdirSync(dir)
  // The CLI 2 takes blobs as base64 unless told; 1 takes them as they are, and does not know the setting.
  writeFileSync(join(base, 'config'), '[default]\ncli_binary_format = raw-in-base64-out\n')
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: node.endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: join(base, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(base, 'none'),
    AWS_PAGER: '',
    LC_ALL: 'C.UTF-8',
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONPATH: fileURLToPath(new URL('impatient', import.meta.url)),
  }
  // Versions before 2023 know the address by the option only.
  const awsBy = async (command: string, ...args: string[]) =>
    (await run(command, ['--endpoint-url', node.endpoint, ...args], { env, cwd: dir })).stdout
  return {
    node,
    dir,
    awsBy,
    aws: (...args) => awsBy('aws', ...args),
    async script(name, args = [], more = {}) {
      const path = fileURLToPath(new URL(`${name}.py`, import.meta.url))
      const { stdout } = await run('python3', [path, ...args], { env: { ...env, ...more }, cwd: dir })
      return JSON.parse(stdout) as unknown
    },
    async [Symbol.asyncDispose]() {
      await node.close()
      rmSync(base, { recursive: true, force: true })
    },
  }
}
