// The five statuses of a task. There are no others, and no mover between them: a retry is `pending` with a later run_at.

export const STATUSES = ['pending', 'in_progress', 'done', 'error', 'cancelled'] as const

export type Status = (typeof STATUSES)[number]

/** What an operator's retry sends round again. */
export const RETRIABLE: readonly Status[] = ['error', 'cancelled']

/** What can still be cancelled. */
export const CANCELLABLE: readonly Status[] = ['pending', 'in_progress']

/** Statuses that no engine leaves by itself; only an operator's retry does. */
export const FINISHED: readonly Status[] = ['done', 'error', 'cancelled']
