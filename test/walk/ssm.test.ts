import { ssm } from './samples/ssm.ts'
import { walk } from './walk.ts'

walk(ssm)
