import { kinesis } from './samples/kinesis.ts'
import { walk } from './walk.ts'

walk(kinesis)
