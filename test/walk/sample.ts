export type Properties = Readonly<Record<string, unknown>>

/** One property changed: from what the type's sample has (or `from` over it) to that with `to` over it. */
export interface Change {
  readonly to: unknown
  /** Other properties that it needs to be there, before and after. */
  readonly from?: Properties
}

/**
 * A resource type as it is walked through. `~` in any text stands for the case, so that each has things of its own:
 * a resource named `Table~` in `beside` is made once for each case, one named `Role` once for all.
 */
export interface TypeSample {
  readonly beside?: Readonly<Record<string, object>>
  /** The least it can be made of. */
  readonly base: Properties
  /** Every property that works, changed. */
  readonly changes: Readonly<Record<string, Change>>
  /** Properties that can't be read back, with the reason. */
  readonly unread?: Readonly<Record<string, string>>
  /** Properties that are not walked, with the reason. */
  readonly still?: Readonly<Record<string, string>>
  /** Properties that can't be put back by a client, with the reason: their drift is not shown here. */
  readonly oneWay?: Readonly<Record<string, string>>
  /** Properties that a template without them does not put back to what they were at first, with the reason. */
  readonly leaves?: Readonly<Record<string, string>>
  /** Properties whose change makes another resource of the same physical id: that of a stage is its name in its API. */
  readonly namesake?: readonly string[]
  /** What it is can't be seen again, with the reason: its drift is not detected. */
  readonly unseen?: string
  /** The deletion leaves something, with the reason. */
  readonly remains?: string
}

export type Samples = Readonly<Record<`AWS::${string}`, TypeSample>>

/** A change to a value. */
export const to = (value: unknown, from?: Properties): Change => ({ to: value, ...(from && { from }) })

export const ref = (id: string) => ({ Ref: id })
export const att = (id: string, attribute: string) => ({ 'Fn::GetAtt': [id, attribute] })

export const tags = [
  { Key: 'team', Value: 'a' },
  { Key: 'cost', Value: '7' },
]

/** A policy in which the account of the test lets itself do something. */
export const policy = (Action: string, Resource: unknown = '*', Sid = 'One') => ({
  Version: '2012-10-17',
  Statement: [
    {
      Sid,
      Effect: 'Allow',
      Principal: { AWS: { 'Fn::Sub': 'arn:aws:iam::${AWS::AccountId}:root' } },
      Action,
      Resource,
    },
  ],
})

/** A role that a service may take. */
export const roleOf = (service: string) => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
    },
  },
})

/** A function with the role of that logical id. */
export const functionOf = (role: string) => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    Code: { ZipFile: 'exports.handler = async () => 1' },
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Role: att(role, 'Arn'),
  },
})
