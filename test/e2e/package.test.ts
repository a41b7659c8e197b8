import { execFile, spawnSync } from 'node:child_process'
import { cp, mkdir, readdir, readFile, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { CreateKeyCommand, DecryptCommand, EncryptCommand, KMSClient } from '@aws-sdk/client-kms'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm'
import { expect, test } from 'vitest'
import { nodeFlags } from '../../scripts/run.mjs'
import { temporaryFolder } from './folder.ts'
import { background, run } from './process.ts'

const root = join(import.meta.dirname, '../..')
const exec = promisify(execFile)

test('the package that is published starts by itself', { timeout: 120_000 }, async () => {
  await using folder = await temporaryFolder()
  const packed = await run([join(root, 'scripts/package.mjs'), folder.path])
  expect(packed.code, packed.err).toBe(0)
  const [archive] = (await readdir(folder.path)).filter((name) => name.endsWith('.tgz'))
  await exec('tar', ['-xzf', join(folder.path, archive!), '-C', folder.path])

  // As npm would lay it out, its dependencies being those of the checkout.
  const modules = join(folder.path, 'node_modules')
  const installed = join(modules, 'landfall')
  await mkdir(modules)
  await cp(join(folder.path, 'package'), installed, { recursive: true })
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (!name.startsWith('.')) await symlink(join(root, 'node_modules', name), join(modules, name))
  }

  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'))
  expect(manifest.optionalDependencies).toBeUndefined()
  expect(manifest.devDependencies).toBeUndefined()
  expect(await readdir(installed)).toEqual(
    expect.arrayContaining(['LICENSE', 'NOTICE', 'README.md', 'bin', 'dist', 'package.json']),
  )
  const plugin = createRequire(join(folder.path, 'service.js')).resolve('landfall/serverless-plugin')
  expect(await readFile(plugin, 'utf8')).toContain('class LandfallPlugin')
  const help = await run([join(installed, 'bin/landfall'), '--help'], { cwd: folder.path })
  expect(help.code, help.err).toBe(0)
  expect(help.out).toContain('Begin here:')

  // As npm puts it on the path of whoever installs it.
  const command = join(folder.path, 'landfall')
  await symlink(join(installed, 'bin/landfall'), command)
  const version = spawnSync(command, ['--version'], {
    encoding: 'utf8',
    env: {
      PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
      NODE_OPTIONS: '--import=data:text/javascript,process.stderr.write(process.execArgv.join())',
    },
  })
  expect(version).toMatchObject({ status: 0, stdout: `${manifest.version}\n`, stderr: nodeFlags.join() })

  await using node = background(['start', '--dev', '--no-isolation', '--ephemeral', '--port', '0'], {
    cwd: folder.path,
    entry: join(installed, 'bin/landfall'),
  })
  const { endpoint } = await node.line<{ endpoint: string }>((line) => line.endpoint !== undefined)
  const config = {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  }
  const sqs = new SQSClient(config)
  expect((await sqs.send(new CreateQueueCommand({ QueueName: 'packaged' }))).QueueUrl).toContain('packaged')

  // What the build loads late is whole when it comes: functions that answer more than one value, and constants.
  const kms = new KMSClient(config)
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' }))
  const use = { KeyId: KeyMetadata!.KeyId!, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' } as const
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ ...use, Plaintext: Buffer.from('packaged') }))
  const { Plaintext } = await kms.send(new DecryptCommand({ ...use, CiphertextBlob: CiphertextBlob! }))
  expect(Buffer.from(Plaintext!).toString()).toBe('packaged')

  // A caller's pattern is tried on a thread.
  const ssm = new SSMClient(config)
  const put = (Value: string) =>
    ssm.send(new PutParameterCommand({ Name: Value, Value, Type: 'String', AllowedPattern: '^pack' }))
  expect(await put('packaged')).toMatchObject({ Version: 1 })
  await expect(put('other')).rejects.toMatchObject({ name: 'ParameterPatternMismatchException' })
})
