import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasAwsCli, hasBoto3, type Python, startPython } from './python.ts'

let python: Python
beforeAll(async () => {
  python = await startPython()
})
afterAll(() => python?.[Symbol.asyncDispose]())

describe.runIf(hasBoto3())('boto3', () => {
  test('makes, changes, shares, rolls back and deletes stacks, and waits for each', async () => {
    expect(await python.script('cloudformation_python')).toEqual({
      review: ['REVIEW_IN_PROGRESS', 'CREATE_COMPLETE', 'AVAILABLE'],
      changes: [
        ['Add', 'Queue'],
        ['Add', 'Table'],
      ],
      made: ['CREATE_COMPLETE', [{ Key: 'team', Value: 'a' }], [{ ParameterKey: 'Wait', ParameterValue: '30' }]],
      output: ['where to send', 'base-url'],
      exports: [['base-url', true]],
      table: true,
      events: [
        ['base', 'REVIEW_IN_PROGRESS'],
        ['base', 'CREATE_IN_PROGRESS'],
        ['Queue', 'CREATE_IN_PROGRESS'],
        ['Queue', 'CREATE_IN_PROGRESS'],
        ['Queue', 'CREATE_COMPLETE'],
        ['Table', 'CREATE_IN_PROGRESS'],
        ['Table', 'CREATE_IN_PROGRESS'],
        ['Table', 'CREATE_COMPLETE'],
        ['base', 'CREATE_COMPLETE'],
      ],
      resources: {
        Queue: ['AWS::SQS::Queue', 'CREATE_COMPLETE'],
        Table: ['AWS::DynamoDB::Table', 'CREATE_COMPLETE'],
      },
      same: ['ValidationError', 'No updates are to be performed.'],
      updated: ['UPDATE_COMPLETE', '45', '45'],
      none: ['FAILED', expect.stringContaining("didn't contain changes")],
      imported: true,
      imports: ['reader'],
      held: ['ValidationError', 'Export base-url cannot be deleted as it is in use by reader'],
      failed: true,
      'rolled back': 'ROLLBACK_COMPLETE',
      left: [],
      reason: [true],
      errors: {
        missing: ['ValidationError', 'Stack with id nope does not exist'],
        template: ['ValidationError', expect.stringContaining('Template format error')],
        again: ['AlreadyExistsException', 'Stack [reader] already exists'],
      },
      valid: [{ ParameterKey: 'Wait', DefaultValue: '30', NoEcho: false }],
      text: true,
      gone: ['ValidationError', 'Stack with id base does not exist'],
      deleted: expect.arrayContaining(['base', 'reader', 'failing']),
    })
  })
})

describe.runIf(hasAwsCli())('the AWS CLI', () => {
  test('deploys a template, deploys its change, finds nothing to do and deletes it', async () => {
    const { dir } = python
    const cloudformation = (...args: string[]) => python.aws('cloudformation', ...args)
    const template = (delaySec: number) =>
      writeFileSync(
        join(dir, 'template.yml'),
        `Resources:\n  Queue: { Type: AWS::SQS::Queue, Properties: { DelaySeconds: ${delaySec}, Tags: [{ Key: a, Value: !Ref Word }] } }\n` +
          'Parameters:\n  Word: { Type: String }\nOutputs:\n  Url: { Value: !Ref Queue }\n',
      )
    const deploy = () =>
      cloudformation(
        ...['deploy', '--stack-name', 'cli', '--template-file', 'template.yml', '--tags', 'team=b'],
        ...['--parameter-overrides', 'Word=x=y', '--no-fail-on-empty-changeset'],
      )
    template(1)
    expect(await deploy()).toContain('Successfully created/updated stack - cli')
    const describe = async () => JSON.parse(await cloudformation('describe-stacks', '--stack-name', 'cli')).Stacks[0]
    const [{ OutputValue: url }] = (await describe()).Outputs
    template(2)
    expect(await deploy()).toContain('Successfully created/updated stack - cli')
    expect(await describe()).toMatchObject({ StackStatus: 'UPDATE_COMPLETE', Outputs: [{ OutputValue: url }] })
    const read = await python.aws('sqs', 'get-queue-attributes', '--queue-url', url, '--attribute-names', 'All')
    expect(JSON.parse(read).Attributes).toMatchObject({ DelaySeconds: '2' })
    expect(await deploy()).toContain('No changes to deploy. Stack cli is up to date')
    await cloudformation('delete-stack', '--stack-name', 'cli')
    await cloudformation('wait', 'stack-delete-complete', '--stack-name', 'cli')
    await expect(describe()).rejects.toThrow('Stack with id cli does not exist')
  })

  test('scans, and generates a template of what it found', async () => {
    const cloudformation = async (...args: string[]) => JSON.parse(await python.aws('cloudformation', ...args))
    await python.aws('sqs', 'create-queue', '--queue-name', 'found', '--tags', 'sought=yes')
    const scan = ['--scan-filters', 'Types=AWS::SQS::Queue']
    const { ResourceScanId } = await cloudformation('start-resource-scan', ...scan)
    const of = ['--resource-scan-id', ResourceScanId]
    while ((await cloudformation('describe-resource-scan', ...of)).Status === 'IN_PROGRESS') {}
    const { Resources } = await cloudformation(...['list-resource-scan-resources', ...of, '--tag-key', 'sought'])
    expect(Resources).toMatchObject([{ ResourceType: 'AWS::SQS::Queue', ManagedByStack: false }])
    const [{ ResourceType, ResourceIdentifier }] = Resources
    const resources = JSON.stringify([{ ResourceType, ResourceIdentifier, LogicalResourceId: 'Found' }])
    const named = ['--generated-template-name', 'found']
    await cloudformation('create-generated-template', ...named, '--resources', resources)
    while ((await cloudformation('describe-generated-template', ...named)).Status !== 'COMPLETE') {}
    const { TemplateBody } = await cloudformation('get-generated-template', ...named)
    expect(JSON.parse(TemplateBody).Resources.Found.Properties).toMatchObject({ QueueName: 'found' })
  })
})
