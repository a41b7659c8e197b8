import { readFile, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './folder.ts'
import { background, landfall } from './process.ts'

const anyPort = ['--port', '0', '--no-isolation']

interface Started {
  readonly endpoint: string
  readonly pid: number
}

describe('landfall start', () => {
  test('keeps an administrator key that only the user can read, and the same one the next time', async () => {
    await using folder = await temporaryFolder()
    const keyFile = join(folder.path, 'admin-key.json')
    const keys: string[] = []
    for (const _time of [1, 2]) {
      await using node = background(['start', ...anyPort, '--data', folder.path])
      await node.line<Started>(({ endpoint }) => endpoint !== undefined)
      expect((await stat(keyFile)).mode & 0o777).toBe(0o600)
      keys.push(await readFile(keyFile, 'utf8'))
    }
    expect(keys[0]).toBe(keys[1])
  })

  test('never prints the secret, and refuses the well-known key', async () => {
    await using folder = await temporaryFolder()
    await using node = background(['start', ...anyPort, '--data', folder.path])
    const started = await node.line<Started>(({ endpoint }) => endpoint !== undefined)
    const { secretAccessKey } = JSON.parse(await readFile(join(folder.path, 'admin-key.json'), 'utf8'))
    expect(JSON.stringify(started) + node.err).not.toContain(secretAccessKey)
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
    const sqs = new SQSClient({ endpoint: started.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 })
    await expect(sqs.send(new ListQueuesCommand())).rejects.toThrow()
  })

  test('ends with 0 on SIGTERM and takes its record away', async () => {
    await using folder = await temporaryFolder()
    await using node = background(['start', ...anyPort, '--data', folder.path])
    await node.line<Started>(({ endpoint }) => endpoint !== undefined)
    expect(await node.stop('SIGTERM')).toBe(0)
    await expect(stat(join(folder.path, 'node.json'))).rejects.toThrow('ENOENT')
  })

  test('a second node on the same folder is refused with what to do', async () => {
    await using folder = await temporaryFolder()
    await using node = background(['start', ...anyPort, '--data', folder.path])
    await node.line<Started>(({ endpoint }) => endpoint !== undefined)
    const second = await landfall(['start', ...anyPort, '--data', folder.path])
    expect(second.code).toBe(1)
    expect(second.err).toContain('--data names another')
    expect(second.err).not.toContain('    at ')

    const nowhere = join(folder.path, 'nowhere')
    await symlink(join(folder.path, 'not-mounted'), nowhere)
    const third = await landfall(['start', ...anyPort, '--data', join(nowhere, 'data')])
    expect(third.code).toBe(1)
    expect(third.err).toContain('The data folder cannot be made')
    expect(third.err).not.toContain('    at ')
  })

  test('one that keeps nothing leaves the record and the key of the folder as they are, and nothing of its own', async () => {
    await using folder = await temporaryFolder()
    const files = ['node.json', 'admin-key.json'].map((name) => join(folder.path, name))
    const [nodeFile = '', keyFile = ''] = files
    const ready = ({ endpoint }: Started) => endpoint !== undefined
    await using node = background(['start', ...anyPort, '--data', folder.path])
    await node.line<Started>(ready)
    const before = await Promise.all(files.map((file) => readFile(file, 'utf8')))
    const passing = ['start', ...anyPort, '--ephemeral', '--data', folder.path]
    {
      await using beside = background(passing)
      await beside.line<Started>(ready)
      await beside.stop('SIGTERM')
    }
    expect(await Promise.all(files.map((file) => readFile(file, 'utf8')))).toEqual(before)
    await node.stop('SIGTERM')

    await using alone = background(passing)
    const { endpoint } = await alone.line<Started>(ready)
    const env = JSON.parse((await landfall(['env', '--data', folder.path, '--json'])).out)
    expect(env.AWS_ENDPOINT_URL).toBe(endpoint)
    const sqs = new SQSClient({
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY },
    })
    expect((await sqs.send(new ListQueuesCommand())).$metadata.httpStatusCode).toBe(200)
    await alone.stop('SIGTERM')
    await expect(stat(nodeFile)).rejects.toThrow('ENOENT')
    expect(await readFile(keyFile, 'utf8')).toBe(before[1])
  })

  test('a taken port is said with what to do', async () => {
    await using folder = await temporaryFolder()
    await using node = background(['start', ...anyPort, '--dev', '--data', join(folder.path, 'a')])
    const { endpoint } = await node.line<Started>(({ endpoint }) => endpoint !== undefined)
    const { port } = new URL(endpoint)
    const second = await landfall([
      'start',
      '--dev',
      '--no-isolation',
      '--port',
      port,
      '--data',
      join(folder.path, 'b'),
    ])
    expect(second.code).toBe(1)
    expect(second.err).toContain(`Port ${port} on 127.0.0.1 is taken`)
    expect(second.err).not.toContain(`--port ${port}`)
  })
})

describe('landfall env', () => {
  test('finds the running node by its data folder and prints what an SDK needs', async () => {
    await using folder = await temporaryFolder()
    await using node = background(['start', ...anyPort, '--data', folder.path])
    const { endpoint } = await node.line<Started>((line) => line.endpoint !== undefined)
    const { out } = await landfall(['env', '--data', folder.path, '--json'])
    const env = JSON.parse(out)
    expect(env.AWS_ENDPOINT_URL).toBe(endpoint)
    const credentials = { accessKeyId: env.AWS_ACCESS_KEY_ID, secretAccessKey: env.AWS_SECRET_ACCESS_KEY }
    const sqs = new SQSClient({ endpoint, region: env.AWS_REGION, credentials, maxAttempts: 1 })
    expect((await sqs.send(new ListQueuesCommand())).$metadata.httpStatusCode).toBe(200)
    const shell = await landfall(['env', '--data', folder.path])
    expect(shell.out).toContain(`export AWS_ENDPOINT_URL=${endpoint}\n`)
  })
})
