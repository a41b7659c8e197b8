import { iam } from './samples/iam.ts'
import { walk } from './walk.ts'

walk(iam)
