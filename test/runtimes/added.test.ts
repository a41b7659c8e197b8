import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addRuntime } from '../../src/functions/add-runtime.ts'
import { createLanguages } from '../../src/functions/languages.ts'
import { type Fixture, startRunner, zipOf } from '../../src/functions/runner.fixture.ts'
import { have, run, scratch } from './tools.ts'

let folder: Awaited<ReturnType<typeof scratch>>
let f: Fixture
beforeAll(async () => {
  folder = await scratch()
  f = await startRunner({ runtimesDir: folder.path })
})
afterAll(async () => {
  await f[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

const version = { 'index.js': 'exports.handler = async () => process.version' }

describe('a version of Node', () => {
  test.runIf(have('npm'))(
    'runs its functions as soon as it is added; until then they run on the node’s own',
    async () => {
      const before = await f.run(await f.spec(version, { runtime: 'nodejs22.x' }))
      expect(before.value).toBe(process.version)
      const differs = () => f.warnings.filter(({ event }) => event === 'functions.runtime-differs')
      expect(differs()).toEqual([
        {
          event: 'functions.runtime-differs',
          fields: { runtime: 'nodejs22.x', runsOn: `Node ${process.versions.node}` },
        },
      ])
      const added = await addRuntime('nodejs22.x', folder.path)
      expect(added).toMatchObject({ runtime: 'nodejs22.x', version: expect.stringMatching(/^22\./) })
      expect(added.sha256['bin/node']).toMatch(/^[0-9a-f]{64}$/)
      expect(JSON.parse(await readFile(join(folder.path, 'nodejs22.x', 'added.json'), 'utf8'))).toEqual(added)
      const after = await f.run(await f.spec(version, { runtime: 'nodejs22.x' }))
      expect(after.value).toBe(`v${added.version}`)
      const other = await f.run(await f.spec(version, { runtime: 'nodejs24.x' }))
      expect(other.value).toBe(process.version)
      // Once is enough.
      await f.run(await f.spec({ ...version, 'other.js': '' }, { runtime: 'nodejs22.x' }))
      expect(differs()).toHaveLength(1)
    },
  )

  test('that cannot be had is refused with what to do instead', async () => {
    for (const [runtime, next] of [
      ['python3.12', /Debian: python3.12/],
      ['ruby3.4', /aws_lambda_ric/],
      ['dotnet8', /provided\.al2023/],
      ['cobol1', /nodejs18\.x/],
      ['nodejs16.x', /run on the node's own/],
    ] as const) {
      await expect(addRuntime(runtime, folder.path)).rejects.toMatchObject({ nextStep: expect.stringMatching(next) })
    }
  })
})

describe('Java', () => {
  const java = have('mvn') && have('javac')
  test('without its client is not here, and says what to do', async () => {
    await using empty = await scratch()
    const why = await createLanguages(empty.path).unavailable('java17')
    expect(why).toMatch(/landfall runtimes add java17|openjdk-17/)
  })

  test.runIf(java)('functions run by the published runtime interface client', async () => {
    const added = await addRuntime('java17', folder.path)
    expect(added.package).toBe('com.amazonaws:aws-lambda-java-runtime-interface-client')
    await using work = await scratch()
    await writeFile(
      join(work.path, 'Main.java'),
      `package example;
import com.amazonaws.services.lambda.runtime.*;
import java.util.Map;
public class Main implements RequestHandler<Map<String, String>, Map<String, String>> {
  public Map<String, String> handleRequest(Map<String, String> event, Context context) {
    context.getLogger().log("handling " + event.get("name"));
    if (event.get("name") == null) throw new IllegalArgumentException("no name");
    return Map.of("hello", event.get("name"), "id", context.getAwsRequestId(), "memory", "" + context.getMemoryLimitInMB());
  }
}
`,
    )
    const classPath = join(folder.path, 'java-client', '*')
    run('javac', ['--release', '17', '-cp', classPath, '-d', work.path, 'Main.java'], { cwd: work.path })
    const zip = await zipOf({ 'example/Main.class': await readFile(join(work.path, 'example', 'Main.class')) })
    const spec = await f.zipSpec(zip, { runtime: 'java17', handler: 'example.Main::handleRequest', memoryMb: 512 })
    const requestId = '11111111-2222-3333-4444-555555555555'
    const outcome = await f.run(spec, { name: 'java' }, { requestId })
    expect(outcome.value).toEqual({ hello: 'java', id: requestId, memory: '512' })
    expect(outcome.lines.join('\n')).toContain('handling java')
    const failed = await f.run(spec, {})
    expect(failed.error).toBe('Unhandled')
    expect(failed.value).toMatchObject({ errorType: 'java.lang.IllegalArgumentException', errorMessage: 'no name' })
    const missing = await f.zipSpec(zip, { runtime: 'java17', handler: 'example.None::handle', memoryMb: 512 })
    expect((await f.run(missing)).value).toMatchObject({ errorMessage: expect.stringContaining('example.None') })
  })
})
