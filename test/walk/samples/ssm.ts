import { type Samples, to } from '../sample.ts'

export const ssm: Samples = {
  'AWS::SSM::Parameter': {
    base: { Type: 'String', Value: 'one' },
    changes: {
      Name: to('walked-parameter'),
      Value: to('two'),
      Description: to('what it is for'),
      AllowedPattern: to('^[a-z]+$'),
      Policies: to('[{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2099-01-01T00:00:00.000Z"}}]', {
        Tier: 'Advanced',
      }),
      Tier: to('Advanced'),
      Tags: to({ team: 'a' }),
    },
    oneWay: { Tier: 'What is Advanced stays so.' },
    still: {
      DataType: 'There is but text.',
      Type: 'Parameter Store does not change the type of a parameter that is there.',
    },
  },
}
