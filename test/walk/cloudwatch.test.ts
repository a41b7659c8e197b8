import { cloudwatch } from './samples/cloudwatch.ts'
import { walk } from './walk.ts'

walk(cloudwatch)
