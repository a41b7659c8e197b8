import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installed, installedJars, installedPython, installedWith } from '../test/installed.ts'
import { killTree } from './processes.ts'
import type { Server } from './servers.ts'
import type { AccessKey } from './sign.ts'

export interface Peer {
  readonly name: string
  readonly services: readonly string[]
  /** What becomes of data when it ends. */
  readonly keeps: string
  /** Our requests per CPU-second in multiples of its own, as DESIGN §9 has it. */
  readonly toReach: number
  /** The key it takes, where it does not take any. */
  readonly key?: AccessKey
  /** How many messages wait before they are received; fewer where each takes long. */
  readonly backlog?: number
  start(): Promise<Server>
}

const goProgram = { lock: 'go.sum', command: ['go', 'build', '-o', 'minio', 'github.com/minio/minio'] }
const minioKey = { id: 'test', secret: 'landfall-bench' }

/** Each as it comes, in memory where it offers that, with the log of requests turned off where it can be. */
export const peers: readonly Peer[] = [
  {
    name: 'dynalite',
    services: ['dynamodb'],
    keeps: 'in memory',
    toReach: 5,
    async start() {
      const program = join(await installed('emulators'), 'dynalite', 'cli.js')
      return await startProgram((port) => [
        process.execPath,
        ...[program, '--host', '127.0.0.1', '--port', port, '--createTableMs', '0'],
      ])
    },
  },
  {
    name: 'fauxqs',
    services: ['sqs', 'sns'],
    keeps: 'in memory',
    toReach: 5,
    async start() {
      const module = join(await installed('emulators'), 'fauxqs', 'dist', 'app.js')
      const options = (port: string) => `{ port: ${port}, host: '127.0.0.1', logger: false }`
      return await startProgram((port) => [
        process.execPath,
        ...['--input-type=module', '--eval'],
        `import { startFauxqs } from ${JSON.stringify(module)}; await startFauxqs(${options(port)})`,
      ])
    },
  },
  {
    name: 'kinesalite',
    services: ['kinesis'],
    keeps: 'in memory',
    toReach: 5,
    async start() {
      // Its command listens on every interface.
      const module = join(await installed('emulators'), 'kinesalite', 'index.js')
      return await startProgram((port) => [
        process.execPath,
        '--eval',
        `require(${JSON.stringify(module)})({ createStreamMs: 0, shardLimit: 100 }).listen(${port}, '127.0.0.1')`,
      ])
    },
  },
  {
    name: 's3rver',
    services: ['s3'],
    keeps: 'in files, not synced',
    toReach: 5,
    key: { id: 'S3RVER', secret: 'S3RVER' },
    async start() {
      const program = join(await installed('emulators'), 's3rver', 'bin', 's3rver.js')
      return await startProgram((port, folder) => [
        process.execPath,
        ...[program, '--silent', '--directory', folder, '--address', '127.0.0.1', '--port', port],
      ])
    },
  },
  {
    name: 'moto',
    services: ['dynamodb', 'sqs', 's3'],
    keeps: 'in memory',
    toReach: 5,
    backlog: 2_000,
    async start() {
      const python = await installedPython('moto')
      return await startProgram((port) => [python, '-m', 'moto.server', '--host', '127.0.0.1', '--port', port])
    },
  },
  {
    name: 'DynamoDB Local',
    services: ['dynamodb'],
    keeps: 'in memory',
    toReach: 1,
    async start() {
      const jars = await installedJars('dynamodb-local')
      return await startProgram((port) => [
        'java',
        ...[`-Djava.library.path=${jars}`, '-cp', `${jars}/*`],
        'com.amazonaws.services.dynamodbv2.local.main.ServerRunner',
        ...['-inMemory', '-disableTelemetry', '-port', port],
      ])
    },
  },
  {
    name: 'ElasticMQ',
    services: ['sqs'],
    keeps: 'in memory',
    toReach: 1,
    async start() {
      const jars = await installedJars('elasticmq')
      return await startProgram((port) => [
        'java',
        ...['-Drest-sqs.bind-hostname=127.0.0.1', `-Drest-sqs.bind-port=${port}`, '-Drest-stats.enabled=false'],
        ...['-Dnode-address.host=127.0.0.1', `-Dnode-address.port=${port}`],
        ...['-cp', `${jars}/*`, 'org.elasticmq.server.Main'],
      ])
    },
  },
  {
    name: 'MinIO',
    services: ['s3'],
    keeps: 'in files',
    toReach: 1,
    key: minioKey,
    async start() {
      const program = join(await installedWith('minio', goProgram), 'minio')
      return await startProgram(
        (port, folder) => [program, 'server', '--quiet', '--address', `127.0.0.1:${port}`, folder],
        { MINIO_ROOT_USER: minioKey.id, MINIO_ROOT_PASSWORD: minioKey.secret },
      )
    },
  },
]

/** A program that is told its port and has a folder of its own; it and what it started go with it. */
async function startProgram(
  command: (port: string, folder: string) => readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Server> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'landfall-peer-'))
  const [file = '', ...args] = command(String(port), folder)
  const child = spawn(file, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'ignore'],
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()).once('error', () => resolve()))
  const end = async () => {
    if (child.pid !== undefined) killTree(child.pid)
    await gone
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await untilListening(child, port)
  } catch (error) {
    await end()
    throw error
  }
  return { port, pid: child.pid!, [Symbol.asyncDispose]: end }
}

async function untilListening(child: ChildProcess, port: number): Promise<void> {
  let failed: Error | undefined
  child.once('error', (error) => {
    failed = error
  })
  for (let tries = 0; tries < 600; tries++) {
    if (failed) throw failed
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`)
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (open) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('it did not listen within a minute')
}

/** Free a moment ago, which is the best that can be had for a program that takes no 0. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
