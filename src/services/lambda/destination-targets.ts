import type { AccessRequest } from '../../kernel/authorization.ts'
import type { Host } from '../../kernel/host.ts'
import type { Principal } from '../../kernel/principal.ts'
import type { Scope } from '../../kernel/records.ts'
import { type FunctionName, functionArn } from './names.ts'

/** What is told of an event that has ended. */
export interface Told {
  readonly host: Host
  /** The function, without a version or alias. */
  readonly own: FunctionName
  /** The version or alias that was called. */
  readonly functionArn: string
  readonly arn: string
  readonly body: string
  readonly attributes: Readonly<Record<string, string>>
  /** The execution role. */
  readonly principal: Principal
  readonly succeeded: boolean
  readonly nowMs: number
}

interface Target {
  /** What the execution role must be allowed when a function is told to use it. */
  needs(arn: string): readonly AccessRequest[]
  send(told: Told): Promise<void>
}

/** By service: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-async-destinations */
export const destinationTargets = {
  sqs: { needs: (arn) => [{ action: 'sqs:SendMessage', resource: arn }], send: sendMessage },
  sns: { needs: (arn) => [{ action: 'sns:Publish', resource: arn }], send: sendMessage },
  lambda: {
    needs: (arn) => [{ action: 'lambda:InvokeFunction', resource: arn }],
    async send({ host, own, arn, body, principal }) {
      const target = await host.functionTarget(arn)
      await host.records.write(own.scope, (tx) => target.accept(tx, Buffer.from(body), { principal }))
    },
  },
  events: {
    needs: (arn) => [{ action: 'events:PutEvents', resource: arn }],
    async send({ host, own, functionArn, arn, body, principal, succeeded, nowMs }) {
      const entry = {
        EventBusName: arn,
        // As events have it that were seen; a later edition of the page says `aws.lambda`.
        Source: 'lambda',
        DetailType: `Lambda Function Invocation Result - ${succeeded ? 'Success' : 'Failure'}`,
        Time: new Date(nowMs),
        Resources: [functionArn, arn],
        Detail: body,
      }
      const { Entries } = await host.invoke<{ Entries: { ErrorMessage?: string }[] }>(
        'events:PutEvents',
        { Entries: [entry] },
        { as: principal, scope: own.scope },
      )
      const refused = Entries.find(({ ErrorMessage }) => ErrorMessage !== undefined)
      if (refused) throw new Error(refused.ErrorMessage)
    },
  },
  s3: {
    needs: (arn) => [
      { action: 's3:PutObject', resource: `${arn}/*` },
      { action: 's3:ListBucket', resource: arn },
    ],
    send: ({ own, ...told }) => keepInBucket({ ...told, scope: own.scope, folder: `async/${own.name}` }),
  },
} as const satisfies Record<string, Target>

export function destinationTarget(service: string | undefined): Target | undefined {
  const known: Readonly<Record<string, Target>> = destinationTargets
  return service !== undefined && Object.hasOwn(known, service) ? known[service] : undefined
}

async function sendMessage({ host, own, arn, body, attributes, principal }: Told): Promise<void> {
  const target = await host.messageTarget(arn)
  const messageAttributes = Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, { dataType: 'String', stringValue: value }]),
  )
  await host.records.write(own.scope, (tx) =>
    target.send(tx, { body, attributes: messageAttributes, sourceArn: functionArn(own) }, principal),
  )
}

interface Kept extends Pick<Told, 'host' | 'arn' | 'body' | 'principal' | 'nowMs'> {
  readonly scope: Scope
  /** Under `aws/lambda`. */
  readonly folder: string
}

/** Puts a document into the bucket `arn`, under a name of its own. */
export async function keepInBucket({ host, scope, arn, body, principal, nowMs, folder }: Kept): Promise<void> {
  const [day = '', time = ''] = new Date(nowMs).toISOString().slice(0, 19).split('T')
  const at = `${day}T${time.replaceAll(':', '.')}-${host.ids.uuid()}`
  const input = {
    Bucket: arn.slice(arn.lastIndexOf(':') + 1),
    Key: `aws/lambda/${folder}/${day.replaceAll('-', '/')}/${at}`,
    Body: whole(Buffer.from(body)),
    ContentLength: Buffer.byteLength(body),
    ContentType: 'application/json',
  }
  await host.invoke('s3:PutObject', input, { as: principal, scope })
}

async function* whole(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
