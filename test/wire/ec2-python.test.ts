import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasAwsCli, hasBoto3, type Python, startPython } from './python.ts'

let python: Python
beforeAll(async () => {
  python = await startPython()
})
afterAll(() => python?.[Symbol.asyncDispose]())

describe.runIf(hasBoto3())('boto3', () => {
  test('makes a network, its groups and their rules, and takes them away again', async () => {
    expect(await python.script('ec2_python', [])).toEqual({
      vpc: ['10.0.0.0/16', false, 'available', [{ Key: 'Name', Value: 'py & <co>' }]],
      subnet: ['us-east-1c', 251, true],
      ingress: [[22, ['10.0.0.0/8']]],
      egress: ['-1', 'udp'],
      rules: 3,
      zones: ['us-east-1a', 'us-east-1b', 'us-east-1c'],
      default: ['172.31.0.0/16'],
      errors: {
        missing: ['InvalidSubnetID.NotFound', 400],
        twice: ['InvalidPermission.Duplicate', 400],
        busy: ['DependencyViolation', 400],
        dry: ['DryRunOperation', 412],
        planned: ['NotImplemented', 501],
      },
      left: ['InvalidVpcID.NotFound', 400],
    })
  })
})

describe.runIf(hasAwsCli())('the AWS CLI', () => {
  test('makes a group and lets something in', async () => {
    const made = await python.aws('ec2', 'create-security-group', '--group-name', 'cli', '--description', 'by the CLI')
    const { GroupId } = JSON.parse(made) as { GroupId: string }
    const rule = ['--protocol', 'tcp', '--port', '443', '--cidr', '0.0.0.0/0']
    await python.aws('ec2', 'authorize-security-group-ingress', '--group-id', GroupId, ...rule)
    const query = ['--query', 'SecurityGroups[0].IpPermissions[0].FromPort', '--output', 'text']
    expect((await python.aws('ec2', 'describe-security-groups', '--group-ids', GroupId, ...query)).trim()).toBe('443')
    await expect(python.aws('ec2', 'delete-vpc', '--vpc-id', 'vpc-00000000')).rejects.toThrow(/InvalidVpcID.NotFound/)
  })
})
