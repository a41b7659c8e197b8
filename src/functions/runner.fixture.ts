import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'
import type { BlobStore } from '../kernel/blobs.ts'
import { createClock, type MovableClock } from '../kernel/clock.ts'
import type { FunctionRunner, FunctionSpec, Outcome, RunRequest } from '../kernel/functions.ts'
import { createFunctionRunner, type RunnerOptions } from './runner.ts'

/** Bytes of a zip with these files. */
export async function zipOf(files: Record<string, string | Buffer>, mode = 0o100644): Promise<Buffer> {
  const zip = new ZipFile()
  for (const [name, content] of Object.entries(files)) zip.addBuffer(Buffer.from(content), name, { mode })
  zip.end()
  return await buffer(zip.outputStream)
}

/** Bodies as files in one folder: what the runner needs of a blob store. */
function folderBlobs(dir: string): BlobStore {
  const unused = () => {
    throw new Error('the function engine does not do this')
  }
  return {
    async put(body) {
      const id = randomUUID()
      await writeFile(join(dir, id), body as Uint8Array)
      return { id, sizeBytes: (body as Uint8Array).byteLength }
    },
    path: async (ref) => join(dir, ref.id ?? ''),
    concat: unused,
    get: unused,
    bytes: unused,
    commit: unused,
    release: unused,
    [Symbol.asyncDispose]: async () => undefined,
  }
}

export interface Invoked extends Outcome {
  /** The payload, parsed. */
  readonly value: unknown
  /** All lines that came with this request. */
  readonly lines: string[]
}

export interface Fixture extends AsyncDisposable {
  readonly runner: FunctionRunner
  readonly clock: MovableClock
  readonly warnings: { event: string; fields: Record<string, unknown> | undefined }[]
  readonly dir: string
  /** A version of a function with these files; everything else can be given. */
  spec(files: Record<string, string>, more?: Partial<FunctionSpec>): Promise<FunctionSpec>
  zipSpec(zip: Buffer, more?: Partial<FunctionSpec>): Promise<FunctionSpec>
  run(spec: FunctionSpec, event?: unknown, more?: Partial<RunRequest>): Promise<Invoked>
}

/** A runner over an empty folder. */
export async function startRunner(options: Partial<RunnerOptions> = {}): Promise<Fixture> {
  const dir = await mkdtemp(join(tmpdir(), 'landfall-functions-'))
  const blobs = folderBlobs(dir)
  const clock = createClock()
  const warnings: Fixture['warnings'] = []
  const note = (event: string, fields?: Record<string, unknown>) => void warnings.push({ event, fields })
  const runner = await createFunctionRunner({
    blobs,
    codeDir: join(dir, 'functions'),
    endpoint: 'http://127.0.0.1:4566',
    clock,
    log: { debug: () => undefined, info: () => undefined, warn: note, error: note },
    ...options,
  })
  const zipSpec: Fixture['zipSpec'] = async (zip, more = {}) => {
    const name = more.functionName ?? `f-${randomUUID().slice(0, 8)}`
    return {
      functionArn: `arn:aws:lambda:us-east-1:000000000000:function:${name}`,
      functionName: name,
      qualifier: '$LATEST',
      version: '1',
      runtime: 'nodejs24.x',
      handler: 'index.handler',
      code: await blobs.put(zip),
      codeSha256: createHash('sha256').update(zip).digest('base64'),
      environment: {},
      memoryMb: 256,
      timeoutMs: 10_000,
      ephemeralStorageMb: 512,
      logGroup: `/aws/lambda/${name}`,
      logFormat: 'Text',
      account: '000000000000',
      region: 'us-east-1',
      credentials: async () => ({
        accessKeyId: 'ASIAEXAMPLE',
        secretAccessKey: 'secret',
        sessionToken: 'token',
        expiresAtMs: clock.nowMs() + 3_600_000,
      }),
      ...more,
    }
  }
  return {
    runner,
    clock,
    warnings,
    dir,
    zipSpec,
    spec: async (files, more) => zipSpec(await zipOf(files), more),
    async run(spec, event = {}, more = {}) {
      const lines: string[] = []
      const outcome = await runner.run(spec, {
        requestId: randomUUID(),
        payload: Buffer.from(JSON.stringify(event)),
        onLog: (_stream, batch) => lines.push(...batch.map((line) => line.message)),
        ...more,
      })
      // Reading its tail closes its log.
      void ((await outcome.finished) ?? outcome).tail
      return { ...outcome, value: JSON.parse(Buffer.from(outcome.payload).toString('utf8')), lines }
    },
    async [Symbol.asyncDispose]() {
      await runner[Symbol.asyncDispose]()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** Processes of this host whose command line begins with `title`: what a program calls itself is seen outside as well. */
export async function programsNamed(title: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const titles = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')))
  return pids.filter((_, i) => `${titles[i]}\0`.startsWith(`${title}\0`)).map(Number)
}

/** Resolves when the process has ended; one that nobody has taken leave of (a zombie) has. */
export async function ended(pid: number): Promise<void> {
  if (!Number.isInteger(pid)) throw new Error('not a process id')
  for (;;) {
    const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '')
    if (!/^State:\s+[^ZX]/m.test(status)) return
    await once(AbortSignal.timeout(5), 'abort')
  }
}
