import { policy, type Samples, tags, to } from '../sample.ts'

const expiring = {
  rules: [
    {
      rulePriority: 1,
      selection: { tagStatus: 'untagged', countType: 'imageCountMoreThan', countNumber: 3 },
      action: { type: 'expire' },
    },
  ],
}

/** A policy of a repository: it says nothing of what it is for, the repository is that. */
const letting = (action: string) => ({
  ...policy(action),
  Statement: policy(action).Statement.map(({ Resource: _, ...statement }) => statement),
})

export const ecr: Samples = {
  'AWS::ECR::Repository': {
    base: {},
    changes: {
      RepositoryName: to('walked'),
      ImageTagMutability: to('IMMUTABLE'),
      ImageScanningConfiguration: to({ ScanOnPush: true }),
      LifecyclePolicy: to({ LifecyclePolicyText: JSON.stringify(expiring) }),
      RepositoryPolicyText: to(letting('ecr:BatchGetImage')),
      Tags: to(tags),
    },
  },
}
