// Tasks that are pending again where they were: in front of what was claimed since, where no claim begins.

/**
 * An expression over a `queue` in which there are such tasks: wakes who waits for work, and says that a look is due from the
 * front of the lanes. Processes that find new work without such a look need not make one for each notification.
 */
export const TOLD_BACK = `taskproc.wake(queue, now()),
    case when exists (select from taskproc.sleepers) then pg_notify('taskproc_back', queue) end`
