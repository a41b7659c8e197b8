import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { startNode } from '../harness.ts'
import { installedJars } from '../installed.ts'
import { have } from '../runtimes/tools.ts'

/** AWS's client for Java, alone among the SDKs, has Kinesis in CBOR, times in milliseconds; what KCL and Flink read by. */
test.runIf(have('mvn') && have('javac'))(
  'the AWS SDK for Java puts, reads and is pushed records in CBOR',
  async () => {
    const classPath = join(await installedJars('java-kinesis'), '*')
    await using node = await startNode()
    const program = join(import.meta.dirname, 'Kinesis.java')
    const options = ['-Dfile.encoding=UTF-8', '-Dstdout.encoding=UTF-8', '-cp', classPath]
    const { stdout } = await promisify(execFile)('java', [...options, program, node.endpoint])
    const cbor = 'application/x-amz-cbor-1.1'
    expect(stdout.trim().split('\n')).toEqual([
      `sent CreateStream: ${cbor}`,
      `sent DescribeStreamSummary: ${cbor}`,
      'created lately: true',
      `sent PutRecord: ${cbor}`,
      `sent GetShardIterator: ${cbor}`,
      `sent GetRecords: ${cbor}`,
      'read: bytes, as they are: é, lately: true',
      `sent GetShardIterator: ${cbor}`,
      `sent GetRecords: ${cbor}`,
      `sent RegisterStreamConsumer: ${cbor}`,
      // The client asks for streams of events in JSON.
      'sent SubscribeToShard: application/x-amz-json-1.1',
      'pushed: bytes, as they are: é, lately: true',
      `sent PutRecord: ${cbor}`,
      'refused: 400 Stream none under account 000000000000 not found.',
    ])
  },
  120_000,
)
