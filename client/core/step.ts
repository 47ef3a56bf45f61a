/** What does the rest of a call: the next layer with all below it. */
export type Next<Request, Reply, Call> = (request: Request, call: Call) => Promise<Reply>;

/**
 * One layer of a call. It may change the request or the call on their way down and the reply on its way up, ask `next`
 * several times, or not at all.
 */
export type Step<Request, Reply, Call> = (
	request: Request,
	call: Call,
	next: Next<Request, Reply, Call>,
) => Promise<Reply>;

/** Puts layers, the outermost first, around what makes the reply in the end. */
export function composeSteps<Request, Reply, Call>(
	steps: ReadonlyArray<Step<Request, Reply, Call>>,
	end: Next<Request, Reply, Call>,
): Next<Request, Reply, Call> {
	return steps.reduceRight<Next<Request, Reply, Call>>(
		(next, step) => (request, call) => step(request, call, next),
		end,
	);
}
