import { sqs } from './samples/sqs.ts'
import { walk } from './walk.ts'

walk(sqs)
