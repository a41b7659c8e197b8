import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '../e2e/folder.ts'
import { background } from '../e2e/process.ts'
import { canTrace } from './trace.ts'

const calls = 'write,writev,pwrite64,pwritev,fdatasync,fsync,sendto,sendmsg'

describe.skipIf(!canTrace)('the system calls of a node (needs strace)', () => {
  test('a message is on the disk before its sender is answered', async () => {
    await using data = await temporaryFolder()
    await using node = background(['start', '--dev', '--no-isolation', '--port', '0', '--data', data.path])
    const { endpoint } = await node.line<{ endpoint: string }>((line) => line.endpoint !== undefined)
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
    const sqs = new SQSClient({ endpoint, region: 'us-east-1', credentials })
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'traced' }))

    const log = join(data.path, 'trace')
    const options = ['-f', '-y', '-s', '70000', '-e', `trace=${calls}`, '-e', 'signal=none', '-o', log]
    const strace = spawn('strace', [...options, '-p', String(node.child.pid)], { stdio: ['ignore', 'ignore', 'pipe'] })
    try {
      // It says so on standard error once it sees every thread.
      await once(strace.stderr!, 'data')
      const sent: string[] = []
      for (let n = 0; n < 5; n++) {
        const { MessageId } = await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: `traced message ${n}.` }))
        sent.push(MessageId!)
      }
      strace.kill('SIGINT')
      await once(strace, 'close')

      const steps = completed(await readFile(log, 'utf8'))
      const isStore = ({ args }: Step) => args.includes('/store/store.mdb>')
      for (const [n, messageId] of sent.entries()) {
        const answer = steps.find((step) => step.args.includes('HTTP/1.1 200') && step.args.includes(messageId))!
        const written = steps.find((step) => isStore(step) && step.args.includes(`traced message ${n}.`))!
        const synced = steps.find(
          (step) => isStore(step) && /^f(data)?sync$/.test(step.name) && step.began > written.ended,
        )!
        expect([written.ended < synced.began, synced.ended < answer.began]).toEqual([true, true])
      }
    } finally {
      strace.kill('SIGKILL')
    }
  })
})

/** A system call that succeeded, with the lines of the recording in which it began and ended. */
interface Step {
  readonly name: string
  readonly args: string
  readonly began: number
  readonly ended: number
}

function completed(log: string): Step[] {
  const steps: Step[] = []
  const begun = new Map<string, { name: string; args: string; began: number }>()
  for (const [line, text] of log.split('\n').entries()) {
    const resumed = /^(\d+) +<\.\.\. \w+ resumed>.*\) += (-?\d+)/.exec(text)
    const call = /^(\d+) +(\w+)\((.*)$/.exec(text)
    if (resumed) {
      const start = begun.get(resumed[1]!)
      if (start && Number(resumed[2]) >= 0) steps.push({ ...start, ended: line })
    } else if (call) {
      const [, thread, name, args] = call as unknown as [string, string, string, string]
      if (args.endsWith('<unfinished ...>')) begun.set(thread, { name, args, began: line })
      else if (/\) += \d+(<.*>)?$/.test(args)) steps.push({ name, args, began: line, ended: line })
    }
  }
  return steps
}
