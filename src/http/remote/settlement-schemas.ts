// The documents with which a remote worker settles a claim, each written once: for validation, for types, for
// /openapi.json and for /docs.
import { z } from 'zod'
import { clip, LIMITS } from '../../task/limits.ts'
import { payloadProblem } from '../../task/payload.ts'
import { named } from '../components.ts'
import { id, idText, instant, json, status } from '../schemas.ts'
import { duration, processId } from './fields.ts'

export const settleParams = z.strictObject({ id: idText })

const claimRef = {
  process_id: processId,
  claim_number: z.int().min(1).describe('As the claimed task has it'),
}

/** The first task, when the first process has claimed it for the first time. */
const claimExample = { process_id: 1, claim_number: 1 }

const result = json.optional().superRefine((value, context) => {
  const problem = value === undefined ? undefined : payloadProblem(value)
  if (problem !== undefined) context.addIssue(problem)
})

const errorText = z
  .string()
  .min(1)
  .transform((text) => clip(text.replaceAll('\u0000', '\uFFFD').toWellFormed(), LIMITS.errorChars))
  .describe(`Kept up to ${LIMITS.errorChars} characters`)

export const completeBody = named(z.strictObject({ ...claimRef, result }), 'Completion', 'input', {
  ...claimExample,
  result: 'olleh',
})
export const failBody = named(
  z.strictObject({
    ...claimRef,
    error: errorText,
    permanent: z.boolean().default(false).describe('No further attempt, even if one is left'),
  }),
  'Failure',
  'input',
  { ...claimExample, error: 'the mail server is away' },
)
export const snoozeBody = named(
  z.strictObject({
    ...claimRef,
    delay: duration(0, LIMITS.delayMs, 'of at most 100 years').describe(
      'When it should be looked at again; costs no attempt',
    ),
  }),
  'Snooze',
  'input',
  { ...claimExample, delay: '30s' },
)
export const releaseBody = named(z.strictObject(claimRef), 'Release', 'input', claimExample)

export const settled = named(
  z.object({
    id,
    status,
    attempts: z.int(),
    run_at: instant.describe('Of a pending task: when it is due again'),
  }),
  'Settled',
)
